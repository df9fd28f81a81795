import { isCorruptRecord } from '../domain/errors.ts'
import type { GrantId } from '../domain/grant.ts'
import type { GrantEventSink, GrantTokenRejection } from '../domain/grant-events.ts'
import type { Expiry, UserId } from '../domain/session.ts'
import { isStorableId, requireArgument } from '../domain/storable.ts'
import type { Instant } from '../domain/time.ts'
import type { EndedGrant, GrantEnding, GrantStore } from '../ports/grant-store.ts'
import type { VerificationCache } from '../sessions/cache/verification-cache.ts'
import type { LoadedGrant } from './loaded-grant.ts'
import type { ResolvedGrantsOptions } from './resolve-options.ts'
import type { GrantTokens } from './tokens.ts'

/** The dependencies and options that the use cases share. */
export interface GrantsContext extends Omit<ResolvedGrantsOptions, 'cache' | 'events'> {
  readonly tokens: GrantTokens
  readonly report: GrantEventSink
  /** Reads from the store, and not from the cache. */
  readonly read: (id: GrantId) => Promise<LoadedGrant | null>
  /** `null` if every verification reads the store. */
  readonly cache: VerificationCache<LoadedGrant> | null
}

/** A corrupt record is reported, and its tokens are rejected, as if it were absent. */
export async function orUnreadable(
  { clock, report }: Pick<GrantsContext, 'clock' | 'report'>,
  grantId: GrantId,
  reading: Promise<LoadedGrant | null>,
): Promise<LoadedGrant | 'unreadable' | null> {
  try {
    return await reading
  } catch (error) {
    if (!isCorruptRecord(error)) throw error
    report({ type: 'grant-unreadable', at: clock.now(), grantId })
    return 'unreadable'
  }
}

/** Reports a rejected token. */
export function reportRejected(
  { clock, report }: Pick<GrantsContext, 'clock' | 'report'>,
  token: 'access' | 'refresh',
  { reason, grantId }: { readonly reason: GrantTokenRejection; readonly grantId: GrantId | null },
): void {
  report({ type: 'grant-token-rejected', at: clock.now(), token, reason, grantId })
}

/** Reports grants that an operation ended. */
export function reportRevoked(
  report: GrantEventSink,
  ended: readonly EndedGrant[],
  { at, by }: Pick<GrantEnding, 'at' | 'by'>,
): void {
  for (const { id, userId, clientId, reason } of ended) {
    report({ type: 'grant-revoked', at, grantId: id, userId, clientId, reason, by })
  }
}

/** Reports grants that a timeout ended. */
export function reportExpired(
  report: GrantEventSink,
  ended: readonly (EndedGrant & { readonly reason: Expiry })[],
  at: Instant,
): void {
  for (const { id, userId, clientId, reason } of ended) {
    report({ type: 'grant-expired', at, grantId: id, userId, clientId, reason })
  }
}

/** Throws `invalid-argument` for a user id that a store cannot hold. */
export function requireGrantUser(userId: UserId): void {
  requireId('a user id', userId)
}

/** Returns the user id as the store's records contain it, or unchanged if no user can have it. */
export async function toStoredUser(store: GrantStore, userId: UserId): Promise<UserId> {
  requireGrantUser(userId)
  return (await store.normalizeUserId?.(userId)) ?? userId
}

/** Throws `invalid-argument` for a client id that a store cannot hold. */
export function requireClient(clientId: string): void {
  requireId('a client id', clientId)
}

function requireId(what: string, id: unknown): void {
  // The type does not guarantee a string: the caller may have cast it.
  const isValid = typeof id === 'string' && isStorableId(id)
  requireArgument(isValid, `${what} is a string of 1 to 255 characters, no NUL`)
}
