import { SessionError } from '../../domain/errors.ts'
import {
  type GrantId,
  type GrantRecord,
  grantExpiry,
  maxEndedGrants,
  maxRemovedGrants,
} from '../../domain/grant.ts'
import { isSameHash, type UserId } from '../../domain/session.ts'
import {
  requireHashes,
  requireInstants,
  requireStorableAccessToken,
  requireStorableGrant,
} from '../../domain/storable-grant.ts'
import type { Instant } from '../../domain/time.ts'
import type {
  EndedGrant,
  GrantEnding,
  GrantInsertion,
  GrantInsertOutcome,
  GrantRotation,
  GrantStore,
  GrantSweep,
  GrantSweepOutcome,
} from '../../ports/grant-store.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import { systemClock } from '../../ports/system.ts'
import {
  copyGrant,
  emptyGrantState,
  endGrant,
  findUnendedGrant,
  type GrantState,
  unendedGrants,
  updateGrant,
} from './grant-state.ts'
import { areOutdated, latestEnding } from './pending-sign-ins.ts'
import { compareIds, createRevocationChannel } from './state.ts'

/** A grant store together with the revocation channel for the `cache` option. */
export interface MemoryGrantStore extends GrantStore {
  /** Notifies of each change before the operation that makes it returns. */
  readonly revocations: RevocationChannel
}

/**
 * Creates a store that keeps grants in the memory of this process, for tests and for trying the library. Not for
 * production: every grant is lost when the process ends, and most operations scan all grants.
 */
export function createMemoryGrantStore(): MemoryGrantStore {
  const state = emptyGrantState()
  return { ...createGrantStore(state), revocations: createRevocationChannel(state) }
}

/** Creates a store on a given state, so that tests can inspect and damage it. */
export function createGrantStore(state: GrantState): GrantStore {
  // No operation awaits anything, so each one is atomic.
  return {
    insert: async (insertion) => insert(state, insertion),
    async find(id) {
      const record = state.grants.get(id)
      return record === undefined ? null : copyGrant(record)
    },
    listByUser: async (userId, at) => listByUser(state, userId, at),
    rotate: async (id, rotation) => rotate(state, id, rotation),
    async end(id, ending) {
      const record = findUnendedGrant(state, id)
      return record === null ? null : endGrant(state, record, ending)
    },
    endByUser: async (userId, ending) => endByUser(state, userId, ending),
    endByClient: async (clientId, ending, limit) =>
      unendedGrants(state, (record) => record.clientId === clientId)
        .slice(0, limit)
        .map((record) => endGrant(state, record, ending)),
    endExpired: async (sweep) => endExpired(state, sweep),
    purge: async (endedBefore, limit) => purge(state, endedBefore, limit),
  }
}

/** Makes every decision before the first change, so that a refusal changes nothing. */
function insert(
  state: GrantState,
  { record, authorizedAt, limit }: GrantInsertion,
): GrantInsertOutcome {
  requireStorableGrant(record)
  const { id, userId, clientId, createdAt: at } = record
  if (state.grants.has(id)) {
    throw new SessionError('id-in-use', 'A grant with this id already exists')
  }
  if (areOutdated(state.endedAllAt.get(userId), { checkedAt: authorizedAt, at })) {
    return { status: 'refused', reason: 'authorization-outdated' }
  }
  const live = unendedGrants(
    state,
    (other) =>
      other.userId === userId && other.clientId === clientId && grantExpiry(other, at) === null,
  )
  const excess = live
    .toSorted((one, other) => one.createdAt - other.createdAt)
    .slice(0, Math.max(0, live.length + 1 - limit))
  const ended = excess.map((oldest) =>
    endGrant(state, oldest, { reason: 'grant-cap', at, by: null }),
  )
  state.grants.set(id, copyGrant(record))
  removeOldestEnded(state, record)
  return { status: 'inserted', ended }
}

function removeOldestEnded(state: GrantState, { userId }: GrantRecord): void {
  const ended = [...state.grants.values()]
    .filter((record) => record.userId === userId && record.endedAt !== null)
    .toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0))
  const removed = ended.slice(maxEndedGrants, maxEndedGrants + maxRemovedGrants)
  for (const { id } of removed) state.grants.delete(id)
}

function listByUser(state: GrantState, userId: UserId, at: Instant): readonly GrantRecord[] {
  return unendedGrants(state, (record) => record.userId === userId)
    .filter((record) => grantExpiry(record, at) === null)
    .toSorted((one, other) => other.createdAt - one.createdAt || compareIds(one, other))
    .map(copyGrant)
}

function rotate(state: GrantState, id: GrantId, rotation: GrantRotation): boolean {
  const { from, to, accessToken, salt, at, graceExpiresAt } = rotation
  requireHashes([to, salt])
  requireInstants([at, graceExpiresAt])
  requireStorableAccessToken(accessToken)
  const record = findUnendedGrant(state, id)
  if (record === null || grantExpiry(record, at) !== null) return false
  // Both are hashes, and the token was verified in constant time before.
  if (!isSameHash(record.refreshSecretHash, from)) return false
  updateGrant(state, record, {
    refreshSecretHash: to,
    accessToken,
    previousAccessToken: record.accessToken,
    rotation: { previousSecretHash: from, salt, rotatedAt: at, graceExpiresAt },
    lastRefreshedAt: Math.max(at, record.lastRefreshedAt),
  })
  return true
}

function endByUser(state: GrantState, userId: UserId, ending: GrantEnding): readonly EndedGrant[] {
  state.endedAllAt.set(userId, latestEnding(state.endedAllAt.get(userId), ending.at))
  return unendedGrants(state, (record) => record.userId === userId).map((record) =>
    endGrant(state, record, ending),
  )
}

/** Reads pages in the order of ids, so that a cursor stays valid while grants come and go. */
function endExpired(state: GrantState, sweep: GrantSweep): GrantSweepOutcome {
  const { limit, cursor } = sweep
  const at = Math.min(sweep.at, systemClock.now())
  const remaining = unendedGrants(state, ({ id }) => cursor === null || id > cursor).toSorted(
    compareIds,
  )
  const page = remaining.slice(0, limit)
  const ended = page.flatMap((record) => {
    const reason = grantExpiry(record, at)
    return reason === null ? [] : [endGrant(state, record, { reason, at, by: null })]
  })
  return { ended, next: remaining.length > limit ? (page.at(-1)?.id ?? null) : null }
}

function purge(state: GrantState, endedBefore: Instant, limit: number): number {
  const purged = [...state.grants.values()]
    .filter(({ endedAt }) => endedAt !== null && endedAt < endedBefore)
    .slice(0, limit)
  for (const { id } of purged) state.grants.delete(id)
  return purged.length
}
