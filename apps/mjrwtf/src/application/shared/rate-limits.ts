import { mailboxKey } from '../../domain/email.ts'
import { ipGroup } from '../../domain/ip-address.ts'
import { type RateLimit, rateLimits } from '../../domain/rate-limits.ts'
import type { Throttled } from '../../domain/results.ts'
import { type Milliseconds, second } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { RateLimiter } from '../ports/rate-limiter.ts'
import type { Secrets } from '../ports/secrets.ts'

export interface LimitsPorts {
  readonly rateLimiter: RateLimiter
  readonly secrets: Pick<Secrets, 'hash'>
}

/** A letter that somebody asks for. */
export interface RequestedEmail {
  /** As typed; whether there is such an account makes no difference. */
  readonly to: string
  readonly ipAddress: string | null
}

/**
 * Takes one of what is allowed; `null` lets it through. Keys are kept as hashes: they are addresses, and what
 * people typed as such. Each rejects with `RepositoryError` when the count cannot be kept.
 */
export function createLimits({ rateLimiter, secrets }: LimitsPorts) {
  async function consume(limit: RateLimit, key: string): Promise<Throttled | null> {
    return toThrottled(await rateLimiter.consume(limit, secrets.hash(key)))
  }

  async function checkExhausted(
    limit: RateLimit,
    ipAddress: string | null,
  ): Promise<Throttled | null> {
    return toThrottled(await rateLimiter.waitIfExhausted(limit, secrets.hash(ipGroup(ipAddress))))
  }

  return {
    signUp: (ipAddress: string | null) => consume(rateLimits.signUp, ipGroup(ipAddress)),
    /** For each letter that a visitor can cause, also where none is sent in the end. */
    async requestedEmail({ to, ipAddress }: RequestedEmail): Promise<Throttled | null> {
      const throttled = await consume(rateLimits.emailsPerClient, ipGroup(ipAddress))
      return throttled ?? consume(rateLimits.emailsPerMailbox, mailboxKey(to))
    },
    /** The letter to a new account, whose making was counted by where it came from. */
    verificationEmail: (to: string) => consume(rateLimits.emailsPerMailbox, mailboxKey(to)),
    /** A count of its own: what others ask for must not keep these letters back. `of`: kind and whom it is for. */
    notification: (key: string) => consume(rateLimits.notifications, key),
    link: (userId: UserId) => consume(rateLimits.links, userId),
    export: (userId: UserId) => consume(rateLimits.exports, userId),
    draft: (userId: UserId) => consume(rateLimits.drafts, userId),
    invite: (userId: UserId) => consume(rateLimits.invites, userId),
    /** `credential` tells a user's calls from those of each bearer token. */
    apiCall: (credential: string) => consume(rateLimits.api, credential),
    invalidToken: (ipAddress: string | null) =>
      consume(rateLimits.invalidBearerTokens, ipGroup(ipAddress)),
    /** Whether so many tokens from there were wrong that a right one must wait too. */
    checkInvalidTokens: (ipAddress: string | null) =>
      checkExhausted(rateLimits.invalidBearerTokens, ipAddress),
    invalidLink: (ipAddress: string | null) =>
      consume(rateLimits.invalidEmailTokens, ipGroup(ipAddress)),
    /** The same of tokens out of letters. */
    checkInvalidLinks: (ipAddress: string | null) =>
      checkExhausted(rateLimits.invalidEmailTokens, ipAddress),
  }
}

export type Limits = ReturnType<typeof createLimits>

function toThrottled(wait: Milliseconds | null): Throttled | null {
  if (wait === null) return null
  return { status: 'throttled', retryAfterSeconds: Math.max(1, Math.ceil(wait / second)) }
}
