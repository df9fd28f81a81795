import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { hash, verify as verifyWithArgon2 } from '@node-rs/argon2'
import type { PasswordHasher } from '../../application/ports/passwords.ts'
import { ipGroup } from '../../domain/ip-address.ts'
import { second } from '../../domain/time.ts'
import { createHashQueue, type HashQueueOptions } from './hash-queue.ts'
import { createPeppers, type Pepper, type Peppers } from './peppers.ts'

/** The cost of a guess. */
export interface Argon2Parameters {
  /** KiB. */
  readonly memoryCost: number
  /** Passes over the memory. */
  readonly timeCost: number
  readonly parallelism: number
}

/** Defaults and minimum (ASVS 5.0 V11.4.2; OWASP Password Storage): 19 MiB, 2 passes, 1 lane. */
export const minParameters: Argon2Parameters = {
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
}

/** Of the hashes of a process. A running one takes 19 MiB, a waiting one almost nothing. */
export const hashLimits: HashQueueOptions = {
  // Leaves a core to everything else, and to files and DNS one of the four threads that Node has for both.
  concurrency: Math.max(1, Math.min(3, availableParallelism() - 1)),
  maxQueued: 200,
  // Users give up later, so a longer queue would only hash for clients that have left.
  maxWait: 5 * second,
}

const busy = { status: 'busy', retryAfterSeconds: 5 } as const

export interface Argon2Options extends Partial<HashQueueOptions> {
  /** Default: `minParameters`. */
  readonly parameters?: Argon2Parameters
  /** Default: none. */
  readonly peppers?: Peppers
  /** Called for a hash whose pepper is missing, so that its password cannot be verified. */
  readonly onMissingPepper?: (id: string) => void
  /** Compares a password with a hash, at the cost that the hash states. Default: that of `@node-rs/argon2`. */
  readonly verify?: typeof verifyWithArgon2
}

/**
 * Hashes with argon2id and the newest pepper, if there is one. The hash contains the id of the pepper as `keyid`. A hash
 * with an older pepper or none is still verified, and needs a rehash. A hash whose pepper is missing matches no password,
 * takes the same time, and is reported, because the operator has to add the pepper. Throws `RangeError` for parameters
 * below the minimum.
 */
export function createArgon2Hasher(options: Argon2Options = {}): PasswordHasher {
  const { parameters = minParameters, peppers = createPeppers([]), onMissingPepper } = options
  const { verify = verifyWithArgon2 } = options
  requireMinimumCost(parameters)
  const hashes = createHashQueue({ ...hashLimits, ...options })
  const hashText = (text: string) => hashWith(text, parameters, peppers.newest)
  // The hash of a random password, so that an unknown account takes the same time.
  const dummyHash = hashText(randomBytes(32).toString('base64url'))

  async function verifyAgainst(phc: string, password: string): Promise<boolean> {
    const { secret } = peppers.find(pepperIdIn(phc)) ?? {}
    return verify(phc, password, secret && { secret })
  }

  return {
    async hash(password, ipAddress) {
      const hashed = await hashes.run(ipGroup(ipAddress), () => hashText(password))
      return hashed === null ? busy : { status: 'hashed', hash: hashed }
    },
    async check(password, storedHash, ipAddress) {
      const missingPepper = storedHash === null ? null : missingPepperId(storedHash, peppers)
      const usableHash = missingPepper === null ? storedHash : null
      const comparedHash = usableHash ?? (await dummyHash)
      const verifyPassword = () => verifyAgainst(comparedHash, password)
      const matches = await hashes.run(ipGroup(ipAddress), verifyPassword)
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
  // argon2id is the default of @node-rs/argon2; its const enum of algorithms does not compile here.
  const phc = await hash(
    text,
    pepper === null ? parameters : { ...parameters, secret: pepper.secret },
  )
  return phc.replace(headerOf(parameters, null), headerOf(parameters, pepper))
}

/** The start of every hash with these parameters. The PHC format has a field for a key id: `keyid`. */
function headerOf(
  { memoryCost, timeCost, parallelism }: Argon2Parameters,
  pepper: Pepper | null,
): string {
  const key = pepper === null ? '' : `,keyid=${pepper.id}`
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}${key}$`
}

/** Empty for a hash without a pepper. */
function pepperIdIn(phc: string): string {
  return /^\$argon2id\$v=19\$[^$]*,keyid=([A-Za-z0-9+/]+)/.exec(phc)?.[1] ?? ''
}

function missingPepperId(phc: string, peppers: Peppers): string | null {
  const id = pepperIdIn(phc)
  return id === '' || peppers.find(id) !== null ? null : id
}

function requireMinimumCost({ memoryCost, timeCost, parallelism }: Argon2Parameters): void {
  const minimum = minParameters
  if (
    memoryCost < minimum.memoryCost ||
    timeCost < minimum.timeCost ||
    parallelism < minimum.parallelism
  ) {
    throw new RangeError('argon2id requires at least 19456 KiB of memory, 2 passes and 1 lane.')
  }
}
