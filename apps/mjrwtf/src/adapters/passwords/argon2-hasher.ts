import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import type { PasswordHasher } from '../../application/ports/passwords.ts'
import { createPeppers, type Pepper, type Peppers } from './peppers.ts'
import { createSemaphore } from './semaphore.ts'

/** How much work a guess costs. */
export interface Argon2Parameters {
  /** KiB. */
  readonly memoryCost: number
  /** Passes over the memory. */
  readonly timeCost: number
  readonly parallelism: number
}

/** The least that is accepted, and what is used (ASVS 5.0 V11.4.2; OWASP Password Storage): 19 MiB, 2 passes, 1 lane. */
export const standardParameters: Argon2Parameters = {
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
}

// Node has four threads for such work, and needs one for files and names.
const concurrency = 3
// Some two seconds of work: who comes later is better told to come back.
const maxQueued = 200

const busy = { status: 'busy', retryAfterSeconds: 2 } as const

export interface Argon2Options {
  /** Default: the standard ones. */
  readonly parameters?: Argon2Parameters
  /** Default: none. */
  readonly peppers?: Peppers
  /** Told of a hash that names a pepper which is not there: its password cannot be checked. Default: nobody is. */
  readonly onMissingPepper?: (id: string) => void
}

/**
 * Hashes with argon2id, and with the newest pepper where there is one. Its name stands in the hash, as `keyid`; a hash
 * of an older one, or of none, is still checked, and is outdated. One whose pepper is missing matches no
 * password, takes as long as any other, and is told of: that is for the operator to put right. Throws
 * `RangeError` for parameters weaker than the standard ones.
 */
export function createArgon2Hasher(options: Argon2Options = {}): PasswordHasher {
  const { parameters = standardParameters, peppers = createPeppers([]), onMissingPepper } = options
  requireMinimumCost(parameters)
  const semaphore = createSemaphore({ concurrency, maxQueued })
  const hashText = (text: string) => hashWith(text, parameters, peppers.newest)
  // Nobody's password, hashed like everybody's: an unknown account must cost the same time.
  const dummyHash = hashText(randomBytes(32).toString('base64url'))

  async function verifyAgainst(phc: string, password: string): Promise<boolean> {
    const { secret } = peppers.find(pepperIdIn(phc)) ?? {}
    return verify(phc, password, secret && { secret })
  }

  return {
    async hash(password) {
      const hashed = await semaphore.run(() => hashText(password))
      return hashed === null ? busy : { status: 'hashed', hash: hashed }
    },
    async check(password, storedHash) {
      const missingPepper = storedHash === null ? null : missingPepperId(storedHash, peppers)
      const usableHash = missingPepper === null ? storedHash : null
      const comparedHash = usableHash ?? (await dummyHash)
      const matches = await semaphore.run(() => verifyAgainst(comparedHash, password))
      if (matches === null) return busy
      if (missingPepper !== null) onMissingPepper?.(missingPepper)
      if (!matches || usableHash === null) return { status: 'mismatch' }
      return {
        status: 'match',
        needsRehash: !usableHash.startsWith(headerOf(parameters, peppers.newest)),
      }
    },
  }
}

async function hashWith(
  text: string,
  parameters: Argon2Parameters,
  pepper: Pepper | null,
): Promise<string> {
  // argon2id is the library's default; its names for the others do not survive a strict compiler.
  const phc = await hash(
    text,
    pepper === null ? parameters : { ...parameters, secret: pepper.secret },
  )
  return phc.replace(headerOf(parameters, null), headerOf(parameters, pepper))
}

/** How every hash begins that is made so. The format has a place for the name of a key: `keyid`. */
function headerOf(
  { memoryCost, timeCost, parallelism }: Argon2Parameters,
  pepper: Pepper | null,
): string {
  const key = pepper === null ? '' : `,keyid=${pepper.id}`
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}${key}$`
}

/** Empty when it names none. */
function pepperIdIn(phc: string): string {
  return /^\$argon2id\$v=19\$[^$]*,keyid=([A-Za-z0-9+/]+)/.exec(phc)?.[1] ?? ''
}

function missingPepperId(phc: string, peppers: Peppers): string | null {
  const id = pepperIdIn(phc)
  return id === '' || peppers.find(id) !== null ? null : id
}

function requireMinimumCost({ memoryCost, timeCost, parallelism }: Argon2Parameters): void {
  const minimum = standardParameters
  if (
    memoryCost < minimum.memoryCost ||
    timeCost < minimum.timeCost ||
    parallelism < minimum.parallelism
  ) {
    throw new RangeError('argon2id needs at least 19 456 KiB of memory, 2 passes and 1 lane.')
  }
}
