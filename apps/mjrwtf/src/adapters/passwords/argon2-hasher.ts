import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import type { PasswordHasher } from '../../application/ports/password-hasher.ts'
import { createSlots } from './slots.ts'

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
const atOnce = 3
// Some two seconds of work: who comes later is better told to come back.
const waiting = 200

const busy = { status: 'busy', retryAfterSeconds: 2 } as const

/** Hashes with argon2id. Throws `RangeError` for parameters weaker than the standard ones. */
export function createArgon2Hasher(
  parameters: Argon2Parameters = standardParameters,
): PasswordHasher {
  requireStrength(parameters)
  const slots = createSlots({ atOnce, waiting })
  // argon2id is the library's default; its names for the others do not survive a strict compiler.
  const hashText = (text: string) => hash(text, parameters)
  // Nobody's password, hashed like everybody's: an unknown account must cost the same time.
  const nobodys = hashText(randomBytes(32).toString('base64url'))

  return {
    async hash(password) {
      const hashed = await slots.run(() => hashText(password))
      return hashed === null ? busy : { status: 'hashed', hash: hashed }
    },
    async check(password, kept) {
      const stored = kept ?? (await nobodys)
      const matches = await slots.run(() => verify(stored, password))
      if (matches === null) return busy
      if (!matches || kept === null) return { status: 'mismatch' }
      return { status: 'match', outdated: isOutdated(kept, parameters) }
    },
  }
}

function requireStrength({ memoryCost, timeCost, parallelism }: Argon2Parameters): void {
  const least = standardParameters
  if (
    memoryCost < least.memoryCost ||
    timeCost < least.timeCost ||
    parallelism < least.parallelism
  ) {
    throw new RangeError('argon2id needs at least 19 456 KiB of memory, 2 passes and 1 lane.')
  }
}

/** Whether the PHC string was made otherwise than new ones are. */
function isOutdated(phc: string, { memoryCost, timeCost, parallelism }: Argon2Parameters): boolean {
  return !phc.startsWith(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$`)
}
