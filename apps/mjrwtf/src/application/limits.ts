import { addressGroup } from '../domain/address.ts'
import { mailboxKey } from '../domain/email.ts'
import { type RateLimit, rateLimits } from '../domain/limits.ts'
import type { Throttled } from '../domain/refusals.ts'
import { type Milliseconds, second } from '../domain/time.ts'
import type { UserId } from '../domain/user.ts'
import type { RateLimiter } from './ports/rate-limiter.ts'
import type { Secrets } from './ports/secrets.ts'

export interface LimitsPorts {
  readonly rateLimiter: RateLimiter
  readonly secrets: Pick<Secrets, 'hash'>
}

/** A letter that somebody asks for. */
export interface AskedLetter {
  /** As typed; whether there is such an account makes no difference. */
  readonly to: string
  readonly ipAddress: string | null
}

/**
 * Takes one of what is allowed; `null` lets it through. Keys are kept as hashes: they are addresses, and what
 * people typed as such. Each rejects with `RepositoryError` when the count cannot be kept.
 */
export function createLimits({ rateLimiter, secrets }: LimitsPorts) {
  async function take(limit: RateLimit, of: string): Promise<Throttled | null> {
    return refusal(await rateLimiter.take(limit, secrets.hash(of)))
  }

  async function spent(limit: RateLimit, ipAddress: string | null): Promise<Throttled | null> {
    return refusal(await rateLimiter.spent(limit, secrets.hash(addressGroup(ipAddress))))
  }

  return {
    signUp: (ipAddress: string | null) => take(rateLimits.signUp, addressGroup(ipAddress)),
    /** For each letter that a visitor can cause, also where none is sent in the end. */
    async mail({ to, ipAddress }: AskedLetter): Promise<Throttled | null> {
      const byAddress = await take(rateLimits.mailFrom, addressGroup(ipAddress))
      return byAddress ?? take(rateLimits.mailTo, mailboxKey(to))
    },
    /** The letter to a new account, whose making was counted by where it came from. */
    firstLetter: (to: string) => take(rateLimits.mailTo, mailboxKey(to)),
    /** A count of its own: what others ask for must not keep these letters back. `of`: kind and whom it is for. */
    notice: (of: string) => take(rateLimits.notices, of),
    link: (by: UserId) => take(rateLimits.links, by),
    export: (by: UserId) => take(rateLimits.exports, by),
    draft: (of: UserId) => take(rateLimits.drafts, of),
    invite: (by: UserId) => take(rateLimits.invites, by),
    /** `credential` tells a user's calls from those of each bearer token. */
    apiCall: (credential: string) => take(rateLimits.api, credential),
    wrongToken: (ipAddress: string | null) => take(rateLimits.wrongTokens, addressGroup(ipAddress)),
    /** Whether so many tokens from there were wrong that a right one must wait too. */
    afterWrongTokens: (ipAddress: string | null) => spent(rateLimits.wrongTokens, ipAddress),
    wrongLink: (ipAddress: string | null) => take(rateLimits.wrongLinks, addressGroup(ipAddress)),
    /** The same of tokens out of letters. */
    afterWrongLinks: (ipAddress: string | null) => spent(rateLimits.wrongLinks, ipAddress),
  }
}

export type Limits = ReturnType<typeof createLimits>

function refusal(wait: Milliseconds | null): Throttled | null {
  if (wait === null) return null
  return { status: 'throttled', retryAfterSeconds: Math.max(1, Math.ceil(wait / second)) }
}
