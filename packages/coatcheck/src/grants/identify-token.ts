import type { GrantId } from '../domain/grant.ts'
import type { Instant } from '../domain/time.ts'
import { type GrantsContext, orUnreadable } from './context.ts'
import type { Inspection } from './grants.ts'
import { judgeRefreshToken } from './judge.ts'
import type { LoadedGrant } from './loaded-grant.ts'
import type { PresentedAccessToken, PresentedRefreshToken } from './tokens.ts'
import { acceptAccessToken } from './verify.ts'

/** A token of a grant that has not ended. */
type IdentifiedToken =
  | Exclude<Inspection, { readonly kind: 'none' }>
  /** It is not valid, but it was issued for this grant. */
  | { readonly kind: 'replaced-refresh'; readonly grant: LoadedGrant['grant'] }

/**
 * Says what a token is, without regard to the client. Reads the store. Returns `null` if it is of no active grant, or an access
 * token that has expired.
 */
export async function identifyToken(
  context: GrantsContext,
  token: unknown,
): Promise<IdentifiedToken | null> {
  const access = context.tokens.parseAccessToken(token)
  if (access !== null) {
    const loaded = await findReadable(context, access.id)
    return loaded && identifyAccessToken(loaded, access, context.clock.now())
  }
  const refresh = context.tokens.parseRefreshToken(token)
  if (refresh === null) return null
  const loaded = await findReadable(context, refresh.id)
  return loaded && identifyRefreshToken(loaded, refresh, context.clock.now())
}

async function findReadable(context: GrantsContext, id: GrantId): Promise<LoadedGrant | null> {
  const loaded = await orUnreadable(context, id, context.read(id))
  return loaded === 'unreadable' ? null : loaded
}

function identifyAccessToken(
  loaded: LoadedGrant,
  presented: PresentedAccessToken,
  now: Instant,
): IdentifiedToken | null {
  const active = acceptAccessToken(loaded, presented, now)
  if (active === null) return null
  const { grant, scopes, expiresAt } = active
  return { kind: 'access', grant, scopes, expiresAt }
}

function identifyRefreshToken(
  { record, grant }: LoadedGrant,
  presented: PresentedRefreshToken,
  now: Instant,
): IdentifiedToken | null {
  switch (judgeRefreshToken(record, presented, { now, presentedAt: now })) {
    case 'current': {
      const expiresAt = Math.min(grant.expiresAt, grant.lastRefreshedAt + grant.idleTimeout)
      return { kind: 'refresh', grant, scopes: grant.scopes, expiresAt }
    }
    case 'previous':
    case 'outdated':
      return { kind: 'replaced-refresh', grant }
    default:
      return null
  }
}
