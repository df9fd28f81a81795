import type { GrantId } from '../domain/grant.ts'
import type { Instant } from '../domain/time.ts'
import { type GrantsContext, orUnreadable, reportRejected } from './context.ts'
import type { AccessVerification, ActiveGrant, Grants } from './grants.ts'
import { findAccessToken, type LoadedGrant } from './loaded-grant.ts'
import type { PresentedAccessToken } from './tokens.ts'

/** Verifies access tokens. */
export function createVerify(context: GrantsContext): Grants['verify'] {
  const { cache, clock, tokens } = context
  const conclude = createConclude(context)

  return async function verify(token) {
    if (token === null || token === undefined) return { status: 'none', reason: 'no-token' }
    const presented = tokens.parseAccessToken(token)
    if (presented === null) {
      reportRejected(context, 'access', { reason: 'malformed', grantId: null })
      return { status: 'none', reason: 'malformed' }
    }
    return verifyFromCache(presented) ?? verifyFromStore(presented)
  }

  /** The cache may accept a token but never reject one: another process may have refreshed the grant. */
  function verifyFromCache(presented: PresentedAccessToken): ActiveGrant | null {
    const loaded = cache?.get(presented.id) ?? null
    if (loaded === null) return null
    const active = acceptAccessToken(loaded, presented, clock.now())
    if (active !== null) cache?.countHit()
    return active
  }

  async function verifyFromStore(presented: PresentedAccessToken): Promise<AccessVerification> {
    const { id } = presented
    // Cached only if the secret matches: guessed tokens must not evict grants in use.
    const accepts = (loaded: LoadedGrant) =>
      acceptAccessToken(loaded, presented, clock.now()) !== null
    const reading = cache === null ? context.read(id) : cache.load(id, accepts)
    // By the time after the read: a slow one must not extend a token.
    return conclude(await orUnreadable(context, id, reading), presented, clock.now())
  }
}

/** What a grant accepts for this access token, or `null`. The only rule, for the cache and for the store. */
export function acceptAccessToken(
  loaded: LoadedGrant,
  { secretHash }: PresentedAccessToken,
  now: Instant,
): ActiveGrant | null {
  if (loaded.endedAt !== null) return null
  const token = findAccessToken(loaded, secretHash)
  return token !== null && now < token.expiresAt ? token.verification : null
}

/** Turns what was read from the store into a result, and reports rejections. */
function createConclude(context: GrantsContext) {
  function none(
    reason: 'unknown' | 'expired',
    grantId: GrantId,
  ): Extract<AccessVerification, { readonly status: 'none' }> {
    reportRejected(context, 'access', { reason, grantId })
    return { status: 'none', reason }
  }

  return function conclude(
    loaded: LoadedGrant | 'unreadable' | null,
    presented: PresentedAccessToken,
    now: Instant,
  ): AccessVerification {
    const { id } = presented
    if (loaded === 'unreadable') return { status: 'none', reason: 'unreadable' }
    if (loaded === null) return none('unknown', id)
    const active = acceptAccessToken(loaded, presented, now)
    if (active !== null) return active
    if (findAccessToken(loaded, presented.secretHash) === null) return none('unknown', id)
    const { endReason } = loaded.record
    if (endReason === null) return none('expired', id)
    reportRejected(context, 'access', { reason: 'grant-ended', grantId: id })
    return { status: 'ended', grantId: id, reason: endReason }
  }
}
