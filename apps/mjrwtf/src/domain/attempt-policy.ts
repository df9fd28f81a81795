import { hour, type Instant, type Milliseconds, minute, second } from './time.ts'

/** How consecutive failures delay the next attempt. */
export interface AttemptPolicy {
  /** Failures without a delay. */
  readonly allowedFailures: number
  /** Delay after the next failure; doubles with each further one. At least 1 ms. */
  readonly firstDelay: Milliseconds
  readonly maxDelay: Milliseconds
  /** Number of failures that lock until reset; `null` for never. */
  readonly lockedAfter: number | null
  /** Time without a failure after which the count restarts, unless locked. */
  readonly resetAfter: Milliseconds
}

/**
 * Failed sign-ins to one account, whether or not it exists. Throttles the last of ten quick guesses, and locks the
 * account after 100 consecutive failures (NIST SP 800-63B-4 section 3.2.2).
 */
export const accountPolicy: AttemptPolicy = {
  allowedFailures: 5,
  firstDelay: second,
  maxDelay: 15 * minute,
  lockedAfter: 100,
  resetAfter: 30 * 24 * hour,
}

/** Failed sign-ins to one account from a known device, which are counted separately. */
export const devicePolicy: AttemptPolicy = accountPolicy

/**
 * Wrong second factors of one user, whatever their kind. Codes have six digits and two are valid at a time, so that a
 * hundred guesses succeed with a probability of 1 in 5,000.
 */
export const factorPolicy: AttemptPolicy = accountPolicy

/** Failed sign-ins from one IP address. An office shares one, so more failures are allowed and none lock it. */
export const ipPolicy: AttemptPolicy = {
  allowedFailures: 20,
  firstDelay: second,
  maxDelay: 15 * minute,
  lockedAfter: null,
  resetAfter: hour,
}

/** Wrong set-up and invite codes from one IP address. */
export const codePolicy: AttemptPolicy = { ...ipPolicy, allowedFailures: 10 }

/** The delay before the next attempt after `failures` failures. */
export function delayAfter(failures: number, policy: AttemptPolicy): Milliseconds {
  if (failures <= policy.allowedFailures) return 0
  // Any delay exceeds the maximum after 20 doublings.
  const doublings = Math.min(failures - policy.allowedFailures - 1, 20)
  return Math.min(policy.firstDelay * 2 ** doublings, policy.maxDelay)
}

/** Whole seconds until `until`, at least 1, for the Retry-After header. */
export function retryAfterSeconds(until: Instant, now: Instant): number {
  return Math.max(1, Math.ceil((until - now) / second))
}
