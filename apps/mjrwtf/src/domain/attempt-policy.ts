import { hour, type Instant, type Milliseconds, minute, second } from './time.ts'

/** How failures in a row slow down the next attempt. */
export interface AttemptPolicy {
  /** How many failures cost nothing. */
  readonly allowedFailures: number
  /** Wait after the first failure that costs; each further one doubles it. At least 1 ms. */
  readonly firstDelay: Milliseconds
  readonly maxDelay: Milliseconds
  /** From this many failures on no attempt is let through until they are cleared; `null` for never. */
  readonly lockedAfter: number | null
  /** After this long without a failure the count starts anew, unless closed. */
  readonly resetAfter: Milliseconds
}

/**
 * Failed sign-ins of one account, whether or not it exists: of ten quick guesses the last are
 * throttled, and a hundred in a row close the account (NIST SP 800-63B-4 section 3.2.2).
 */
export const accountPolicy: AttemptPolicy = {
  allowedFailures: 5,
  firstDelay: second,
  maxDelay: 15 * minute,
  lockedAfter: 100,
  resetAfter: 30 * 24 * hour,
}

/** Failed sign-ins of one account from a browser that is trusted for it: they count there, and nowhere else. */
export const devicePolicy: AttemptPolicy = accountPolicy

/** Failed sign-ins from one address: more are free, for an office shares one, and no count closes it for good. */
export const ipPolicy: AttemptPolicy = {
  allowedFailures: 20,
  firstDelay: second,
  maxDelay: 15 * minute,
  lockedAfter: null,
  resetAfter: hour,
}

/** Wrong set-up and invite codes from one address. */
export const codePolicy: AttemptPolicy = { ...ipPolicy, allowedFailures: 10 }

/** How long the next attempt must wait after the given number of failures. */
export function delayAfter(failures: number, policy: AttemptPolicy): Milliseconds {
  if (failures <= policy.allowedFailures) return 0
  // Past 20 doublings any delay is the longest one.
  const doublings = Math.min(failures - policy.allowedFailures - 1, 20)
  return Math.min(policy.firstDelay * 2 ** doublings, policy.maxDelay)
}

/** Whole seconds until then, at least 1: what Retry-After says. */
export function retryAfterSeconds(until: Instant, now: Instant): number {
  return Math.max(1, Math.ceil((until - now) / second))
}
