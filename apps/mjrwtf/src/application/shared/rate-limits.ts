import { mailboxKey } from '../../domain/email.ts'
import { ipGroup } from '../../domain/ip-address.ts'
import { type RateLimit, rateLimits } from '../../domain/rate-limits.ts'
import type { Throttled } from '../../domain/results.ts'
import { type Milliseconds, second } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { RateLimiter } from '../ports/throttling.ts'

export interface LimitsDependencies {
  readonly rateLimiter: RateLimiter
  readonly secrets: Pick<Secrets, 'hash'>
}

export interface RequestedEmail {
  /** The email as typed. Counted whether or not an account has it. */
  readonly to: string
  readonly ipAddress: string | null
}

/**
 * One function per rate limit. Each counts one request and returns `null` if it is allowed. Keys are hashed before they
 * are stored, because they are IP addresses and emails. Rejects with `RepositoryError` if the request cannot be counted.
 */
export function createLimits({ rateLimiter, secrets }: LimitsDependencies) {
  async function consume(limit: RateLimit, key: string): Promise<Throttled | null> {
    return toThrottled(await rateLimiter.consume(limit, secrets.hash(key)))
  }

  async function checkExhausted(
    limit: RateLimit,
    ipAddress: string | null,
  ): Promise<Throttled | null> {
    return toThrottled(await rateLimiter.retryDelay(limit, secrets.hash(ipGroup(ipAddress))))
  }

  return {
    signUp: (ipAddress: string | null) => consume(rateLimits.signUp, ipGroup(ipAddress)),
    /** Every email that a visitor requests, even if none is sent in the end. */
    async requestedEmail({ to, ipAddress }: RequestedEmail): Promise<Throttled | null> {
      const throttled = await consume(rateLimits.emailsPerClient, ipGroup(ipAddress))
      return throttled ?? consume(rateLimits.emailsPerMailbox, mailboxKey(to))
    },
    /** The email to a new account. `signUp` has already counted the client. */
    verificationEmail: (to: string) => consume(rateLimits.emailsPerMailbox, mailboxKey(to)),
    /** Separate from requested emails, so that other visitors' requests cannot suppress notifications. `key`: kind and recipient. */
    notification: (key: string) => consume(rateLimits.notifications, key),
    link: (userId: UserId) => consume(rateLimits.links, userId),
    export: (userId: UserId) => consume(rateLimits.exports, userId),
    draft: (userId: UserId) => consume(rateLimits.drafts, userId),
    invite: (userId: UserId) => consume(rateLimits.invites, userId),
    /** `credential` identifies the user of a session, or a bearer token. */
    apiCall: (credential: string) => consume(rateLimits.api, credential),
    invalidToken: (ipAddress: string | null) =>
      consume(rateLimits.invalidBearerTokens, ipGroup(ipAddress)),
    /** Whether the client sent so many invalid tokens that a valid one must wait too. Counts nothing. */
    checkInvalidTokens: (ipAddress: string | null) =>
      checkExhausted(rateLimits.invalidBearerTokens, ipAddress),
    invalidLink: (ipAddress: string | null) =>
      consume(rateLimits.invalidEmailTokens, ipGroup(ipAddress)),
    /** The same for email tokens. */
    checkInvalidLinks: (ipAddress: string | null) =>
      checkExhausted(rateLimits.invalidEmailTokens, ipAddress),
  }
}

export type Limits = ReturnType<typeof createLimits>

function toThrottled(wait: Milliseconds | null): Throttled | null {
  if (wait === null) return null
  return { status: 'throttled', retryAfterSeconds: Math.max(1, Math.ceil(wait / second)) }
}
