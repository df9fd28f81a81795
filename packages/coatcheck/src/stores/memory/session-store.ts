import { assuranceLevelOf } from '../../domain/authentication.ts'
import { SessionError } from '../../domain/errors.ts'
import {
  type EndReason,
  type Expiry,
  expiry,
  isSameHash,
  maxEndedSessions,
  maxRemovedSessions,
  type SessionId,
  type SessionRecord,
  type UserId,
} from '../../domain/session.ts'
import { requireMethodsText } from '../../domain/storable.ts'
import type { Instant, Milliseconds } from '../../domain/time.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type {
  Activity,
  DataUpdate,
  EndedSession,
  Ending,
  ExpirySweep,
  ExpirySweepOutcome,
  InsertOutcome,
  SecretReplacement,
  SessionCount,
  SessionCountPage,
  SessionInsertion,
  SessionStore,
} from '../../ports/session-store.ts'
import { systemClock } from '../../ports/system.ts'
import {
  areOutdated,
  createPendingSignIns,
  findCompleted,
  latestEnding,
  removePendingOf,
} from './pending-sign-ins.ts'
import {
  compareIds,
  copyRecord,
  createRevocationChannel,
  emptyState,
  endRecord,
  findUnended,
  type MemoryState,
  recordsOf,
  unendedRecordsOf,
  updateRecord,
} from './state.ts'

/** A store together with the revocation channel for the `cache` option. */
export interface MemorySessionStore extends SessionStore {
  /** Notifies of each change before the operation that makes it returns. */
  readonly revocations: RevocationChannel
}

/**
 * Creates a store that keeps sessions in the memory of this process, for tests and for trying the
 * library. Not for production: every session is lost when the process ends, other processes cannot
 * see them, and listing scans all sessions.
 */
export function createMemorySessionStore(): MemorySessionStore {
  const state = emptyState()
  return { ...createSessionStore(state), revocations: createRevocationChannel(state) }
}

/** Creates a store on a given state, so that tests can inspect and damage it. */
export function createSessionStore(state: MemoryState): SessionStore {
  // No operation awaits anything, so each one is atomic.
  return {
    insert: async (insertion) => insert(state, insertion),
    find: async (id) => find(state, id),
    listByUser: async (userId, at) => listByUser(state, userId, at),
    replaceSecret: async (id, replacement) => replaceSecret(state, id, replacement),
    updateData: async (id, update) => updateData(state, id, update),
    touch: async (activities, precision) => touch(state, activities, precision),
    hasEndedWithoutSuccessor: async (id) => hasEndedWithoutSuccessor(state, id),
    end: async (id, ending) => end(state, id, ending),
    endByUser: async (userId, ending, except) => endByUser(state, userId, { ending, except }),
    endExpired: async (sweep) => endExpired(state, sweep),
    countUnended: async (page) => countUnended(state, page),
    purge: async (endedBefore, limit) => purge(state, endedBefore, limit),
    ...createPendingSignIns(state),
  }
}

/** Makes every decision before the first change, so that a refusal changes nothing. */
function insert(state: MemoryState, insertion: SessionInsertion): InsertOutcome {
  const { record, replaces, completes, cap } = insertion
  requireMethodsText(record)
  if (state.sessions.has(record.id)) {
    throw new SessionError('id-in-use', 'A session with this id already exists')
  }
  if (areCredentialsOutdated(state, insertion)) {
    return { status: 'refused', reason: 'credentials-outdated' }
  }
  const own = recordsOf(state, record.userId)
  const excess = findExcess(own, insertion)
  if (excess.length > 0 && cap?.whenFull === 'refuse') {
    return { status: 'refused', reason: 'session-cap' }
  }
  if (completes !== null && findCompleted(state, completes, record) === null) {
    return { status: 'refused', reason: 'pending-sign-in-ended' }
  }

  const at = record.createdAt
  if (completes !== null) state.pendingSignIns.delete(completes.id)
  const replaced = replaces === null ? null : findUnended(state, replaces)
  const ended = [
    ...(replaced === null ? [] : [endRecord(state, replaced, endingFor('signed-in-again', at))]),
    ...excess.map((oldest) => endRecord(state, oldest, endingFor('session-cap', at))),
  ]
  const assuranceLevel = assuranceLevelOf(record.methods)
  state.sessions.set(record.id, copyRecord({ ...record, assuranceLevel }))
  if (replaces !== null) state.replaced.set(record.id, replaces)
  removeOldestEnded(state, own)
  return { status: 'inserted', ended }
}

function removeOldestEnded(state: MemoryState, own: readonly SessionRecord[]): void {
  const endedSessions = own
    .flatMap(({ id }) => state.sessions.get(id) ?? [])
    .filter(({ endedAt }) => endedAt !== null)
    .toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0))
  const removed = endedSessions.slice(maxEndedSessions, maxEndedSessions + maxRemovedSessions)
  for (const { id } of removed) {
    state.sessions.delete(id)
    state.replaced.delete(id)
  }
}

function areCredentialsOutdated(
  state: MemoryState,
  { record, credentialsCheckedAt: checkedAt }: SessionInsertion,
): boolean {
  if (checkedAt === null) return false
  const { userId, createdAt } = record
  return areOutdated(state.endedAllAt.get(userId), { checkedAt, at: createdAt })
}

/** Returns the user's oldest live sessions that exceed the cap once the new one is added. */
function findExcess(
  own: readonly SessionRecord[],
  insertion: SessionInsertion,
): readonly SessionRecord[] {
  const { record, replaces, cap } = insertion
  if (cap === null) return []
  const live = own
    .filter(({ endedAt }) => endedAt === null)
    .filter((other) => other.id !== replaces && expiry(other, record.createdAt) === null)
    .toSorted((one, other) => one.createdAt - other.createdAt)
  return live.slice(0, Math.max(0, live.length + 1 - cap.limit))
}

function endingFor<Reason extends EndReason>(reason: Reason, at: Instant) {
  return { reason, at, by: null }
}

function find(state: MemoryState, id: SessionId): SessionRecord | null {
  const record = state.sessions.get(id)
  return record === undefined ? null : copyRecord(record)
}

function listByUser(state: MemoryState, userId: UserId, at: Instant): readonly SessionRecord[] {
  return unendedRecordsOf(state, userId)
    .filter((record) => expiry(record, at) === null)
    .toSorted((one, other) => other.createdAt - one.createdAt || compareIds(one, other))
    .map(copyRecord)
}

function replaceSecret(state: MemoryState, id: SessionId, replacement: SecretReplacement): boolean {
  const { from, to, csrfSecret, authentication, previousExpiresAt, at } = replacement
  if (authentication !== null) requireMethodsText(authentication)
  const record = findUnended(state, id)
  if (record === null || expiry(record, at) !== null) return false
  // Both are hashes, and the token was verified in constant time before.
  if (!isSameHash(record.secretHash, from)) return false
  updateRecord(state, record, {
    secretHash: to,
    previousSecretHash: from,
    previousSecretExpiresAt: previousExpiresAt,
    rotatedAt: at,
    csrfSecret: csrfSecret ?? record.csrfSecret,
    ...(authentication !== null && {
      authenticatedAt: at,
      expiresAt: authentication.expiresAt,
      methods: authentication.methods,
      previousMethods: authentication.previousMethods,
      assuranceLevel: assuranceLevelOf(authentication.methods),
      lastActivityAt: Math.max(at, record.lastActivityAt),
    }),
  })
  return true
}

function updateData(state: MemoryState, id: SessionId, update: DataUpdate): boolean {
  const record = findUnended(state, id)
  if (record === null) return false
  const data = update(copyRecord(record))
  if (data !== null) updateRecord(state, record, { data, dataVersion: record.dataVersion + 1 })
  return true
}

function touch(
  state: MemoryState,
  activities: readonly Activity[],
  precision: Milliseconds,
): readonly SessionId[] {
  const latest = new Map<SessionId, Instant>()
  for (const { id, at } of activities) latest.set(id, Math.max(at, latest.get(id) ?? at))
  return [...latest].filter(([id, at]) => !touchOne(state, { id, at }, precision)).map(([id]) => id)
}

function touchOne(state: MemoryState, { id, at }: Activity, precision: Milliseconds): boolean {
  const record = findUnended(state, id)
  if (record === null || expiry(record, at) !== null) return false
  const elapsed = at - record.lastActivityAt
  if (elapsed <= 0 || elapsed < precision) return false
  // Listeners are not called: activity is too frequent, and it only extends a session.
  state.sessions.set(id, { ...record, lastActivityAt: at })
  return true
}

function hasEndedWithoutSuccessor({ sessions, replaced }: MemoryState, id: SessionId): boolean {
  const record = sessions.get(id)
  if (record === undefined) return false
  const hasEnded = record.endedAt !== null || expiry(record, systemClock.now()) !== null
  return hasEnded && ![...replaced.values()].includes(id)
}

function end(state: MemoryState, id: SessionId, ending: Ending): EndedSession | null {
  const record = findUnended(state, id)
  return record === null ? null : endRecord(state, record, ending)
}

function endByUser(
  state: MemoryState,
  userId: UserId,
  { ending, except }: { readonly ending: Ending; readonly except: SessionId | null },
): readonly EndedSession[] {
  state.endedAllAt.set(userId, latestEnding(state.endedAllAt.get(userId), ending.at))
  removePendingOf(state, userId)
  return unendedRecordsOf(state, userId)
    .filter((record) => record.id !== except)
    .map((record) => endRecord(state, record, ending))
}

/** Reads pages in the order of ids, so that a cursor stays valid while sessions come and go. */
function endExpired(state: MemoryState, sweep: ExpirySweep): ExpirySweepOutcome {
  const { limit, cursor } = sweep
  const at = Math.min(sweep.at, systemClock.now())
  const remaining = [...state.sessions.values()]
    .filter((record) => record.endedAt === null && (cursor === null || record.id > cursor))
    .toSorted(compareIds)
  const page = remaining.slice(0, limit)
  const ended = page.flatMap((record) => {
    const reason = expiryReason(record, { ...sweep, at })
    return reason === null ? [] : [endRecord(state, record, endingFor(reason, at))]
  })
  return { ended, next: remaining.length > limit ? (page.at(-1)?.id ?? null) : null }
}

function countUnended(state: MemoryState, { limit, cursor }: SessionCountPage): SessionCount {
  const remaining = [...state.sessions.values()]
    .filter((record) => record.endedAt === null && (cursor === null || record.id > cursor))
    .toSorted(compareIds)
  const page = remaining.slice(0, limit)
  return { count: page.length, next: remaining.length > limit ? (page.at(-1)?.id ?? null) : null }
}

function expiryReason(record: SessionRecord, { at, idleGrace }: ExpirySweep): Expiry | null {
  if (at >= record.expiresAt) return 'absolute-timeout'
  if (at >= record.lastActivityAt + record.idleTimeout + idleGrace) return 'idle-timeout'
  return null
}

function purge(state: MemoryState, endedBefore: Instant, limit: number): number {
  const purged = [...state.sessions.values()]
    .filter((record) => record.endedAt !== null && record.endedAt < endedBefore)
    .slice(0, limit)
  for (const { id } of purged) {
    state.sessions.delete(id)
    state.replaced.delete(id)
  }
  return purged.length
}
