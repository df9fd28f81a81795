import { expect } from 'vitest'
import type { EndReason, SessionId, SessionRecord, UserId } from '../domain/session.ts'
import { day } from '../domain/time.ts'
import type {
  Authentication,
  EndedSession,
  Ending,
  ExpirySweep,
  SecretReplacement,
  SessionInsertion,
  SessionStore,
} from '../ports/session-store.ts'
import { anInstant, aSecretHash } from './builders.ts'

/** Returns an insertion without a cap, a session to replace or a check of the credentials. */
export function plainInsertion(
  record: SessionRecord,
  overrides: Partial<SessionInsertion> = {},
): SessionInsertion {
  return {
    record,
    replaces: null,
    completes: null,
    cap: null,
    credentialsCheckedAt: null,
    ...overrides,
  }
}

/** Inserts the sessions one after another. */
export async function insertAll(
  store: SessionStore,
  records: readonly SessionRecord[],
): Promise<void> {
  for (const record of records) await store.insert(plainInsertion(record))
}

/** Returns an ending by sign-out, a minute after `anInstant`, with overrides. */
export function anEnding(overrides: Partial<Ending> = {}): Ending {
  return { reason: 'signed-out', at: anInstant + 60_000, by: null, ...overrides }
}

/** Returns an authentication with overrides: a deadline two days after `anInstant`, no methods. */
export function anAuthentication(overrides: Partial<Authentication> = {}): Authentication {
  return { expiresAt: anInstant + 2 * day, methods: [], previousMethods: [], ...overrides }
}

/** Returns a rotation of `record` to a new secret, a second after `anInstant`, without grace. */
export function aRotation(
  record: SessionRecord,
  overrides: Partial<SecretReplacement> = {},
): SecretReplacement {
  const at = overrides.at ?? anInstant + 1_000
  return {
    from: record.secretHash,
    to: aSecretHash(),
    csrfSecret: null,
    authentication: null,
    previousExpiresAt: at,
    at,
    ...overrides,
  }
}

/** Returns a session, and throws if it is absent. */
export async function findExisting(store: SessionStore, id: SessionId): Promise<SessionRecord> {
  const record = await store.find(id)
  if (record === null) throw new Error(`The session ${id} does not exist`)
  return record
}

/** Returns the ids of the user's live sessions, in the order of `listByUser`. */
export async function liveIds(
  store: SessionStore,
  userId: UserId,
  at: number = anInstant + 1,
): Promise<readonly SessionId[]> {
  const records = await store.listByUser(userId, at)
  return records.map((record) => record.id)
}

/** Expects that the stored sessions equal the records. */
export async function expectUnchanged(
  store: SessionStore,
  records: readonly SessionRecord[],
): Promise<void> {
  for (const record of records) expect(await store.find(record.id)).toEqual(record)
}

/** What an operation returns for a session that it ended. */
export function anEndOf({ id, userId, createdAt }: SessionRecord, reason: EndReason): EndedSession {
  return { id, userId, createdAt, reason }
}

/** Returns a sweep at `anInstant` from the first page, without grace, of up to 100 sessions. */
export function aSweep(overrides: Partial<ExpirySweep> = {}): ExpirySweep {
  return { at: anInstant, idleGrace: 0, limit: 100, cursor: null, ...overrides }
}
