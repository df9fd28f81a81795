import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Instant, type Milliseconds, minute, second } from './time.ts'

/** The parameters that every authenticator app supports (RFC 6238 with the defaults of RFC 4226). */
export const totp = {
  /** HMAC-SHA-1 in RFC 4226. The attacks on SHA-1 are collisions, which do not weaken an HMAC. */
  algorithm: 'SHA1',
  digits: 6,
  period: 30 * second,
  /** As many as the output of SHA-1 (RFC 4226 section 4, R6). */
  keyBytes: 20,
} as const

/** A time step: the number of periods since 1970 (RFC 6238 section 4.2). */
export type TimeStep = number

/** Lower than the step of every code, for an authenticator of which none was used. */
export const noStep: TimeStep = -1

export function timeStepAt(instant: Instant): TimeStep {
  return Math.floor(instant / totp.period)
}

/** The code of a time step (RFC 4226 section 5.3), with leading zeros. */
export function codeAt(key: Uint8Array, step: TimeStep): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const hash = createHmac('sha1', key).update(counter).digest()
  const offset = (hash.at(-1) ?? 0) & 0xf
  const number = hash.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** totp.digits).padStart(totp.digits, '0')
}

export interface CodeUse {
  readonly code: string
  readonly now: Instant
  /** The latest step whose code was used. */
  readonly lastStep: TimeStep
}

/**
 * The time step of the code if it is accepted: the current step, or the previous one, because typing takes time
 * (RFC 6238 section 5.2, ASVS 5.0 V6.5.5). A step at or before the last used one is never accepted, so each is accepted
 * once, also after the clock has jumped back. `null` for every other code.
 */
export function acceptedStep(key: Uint8Array, { code, now, lastStep }: CodeUse): TimeStep | null {
  const current = timeStepAt(now)
  const candidates = [current, current - 1].filter((step) => step > lastStep)
  // Compares all, so that the time does not depend on which one matches.
  const matching = candidates.filter((step) => isCode(key, step, code))
  return matching[0] ?? null
}

/** How far from the current time `stepsAway` searches. Clocks that were set by hand are minutes off. */
const searchedTime: Milliseconds = 60 * minute

/**
 * How many steps the code is away from the current one, if it is that of a step within an hour: negative for a code
 * that has expired. `null` for every other code. It explains a rejected code and accepts none.
 */
export function stepsAway(key: Uint8Array, code: string, now: Instant): number | null {
  const current = timeStepAt(now)
  for (let away = 1; away <= searchedTime / totp.period; away += 1) {
    for (const distance of [-away, away]) {
      const step = current + distance
      if (step > noStep && isCode(key, step, code)) return distance
    }
  }
  return null
}

function isCode(key: Uint8Array, step: TimeStep, code: string): boolean {
  const [expected, presented] = [Buffer.from(codeAt(key, step)), Buffer.from(code)]
  return expected.length === presented.length && timingSafeEqual(expected, presented)
}
