import { expect } from 'vitest'
import type { GrantId, GrantRecord } from '../../domain/grant.ts'
import type { UserId } from '../../domain/session.ts'
import { minute } from '../../domain/time.ts'
import type {
  EndedGrant,
  GrantEnding,
  GrantInsertion,
  GrantInsertOutcome,
  GrantRotation,
  GrantStore,
} from '../../ports/grant-store.ts'
import { anAccessToken, anInstant, aSecretHash } from '../builders.ts'

/** Returns an insertion that was authorized when the grant was created, with a limit that is not reached. */
export function grantInsertion(
  record: GrantRecord,
  overrides: Partial<GrantInsertion> = {},
): GrantInsertion {
  return { record, authorizedAt: record.createdAt, limit: 1_000, ...overrides }
}

/** Inserts the grants one after another. */
export async function insertGrants(
  store: GrantStore,
  records: readonly GrantRecord[],
): Promise<void> {
  for (const record of records) {
    expect((await store.insert(grantInsertion(record))).status).toBe('inserted')
  }
}

/** Returns an ending by the user's password change, a minute after `anInstant`, with overrides. */
export function aGrantEnding(overrides: Partial<GrantEnding> = {}): GrantEnding {
  return { reason: 'password-changed', at: anInstant + minute, by: null, ...overrides }
}

/** Returns a rotation of `record` to new secrets, a second after `anInstant`, with ten seconds of grace. */
export function aGrantRotation(
  record: GrantRecord,
  overrides: Partial<GrantRotation> = {},
): GrantRotation {
  const at = overrides.at ?? anInstant + 1_000
  return {
    from: record.refreshSecretHash,
    to: aSecretHash(),
    accessToken: anAccessToken({ expiresAt: at + 15 * minute }),
    salt: aSecretHash(),
    at,
    graceExpiresAt: at + 10_000,
    ...overrides,
  }
}

/** The record after a rotation, as the store returns it. */
export function rotated(record: GrantRecord, rotation: GrantRotation): GrantRecord {
  const { from, to, accessToken, salt, at, graceExpiresAt } = rotation
  return {
    ...record,
    refreshSecretHash: to,
    accessToken,
    previousAccessToken: record.accessToken,
    rotation: { previousSecretHash: from, salt, rotatedAt: at, graceExpiresAt },
    lastRefreshedAt: Math.max(at, record.lastRefreshedAt),
  }
}

/** The record after an ending, as the store returns it. */
export function endedBy(record: GrantRecord, { at, reason, by }: GrantEnding): GrantRecord {
  return { ...record, endedAt: at, endReason: reason, endedBy: by }
}

/** What an operation returns for a grant that it has ended. */
export function asEnded({ id, userId, clientId }: GrantRecord, reason: string): EndedGrant {
  return { id, userId, clientId, reason }
}

/** Returns a grant, and throws if it is absent. */
export async function findGrant(store: GrantStore, id: GrantId): Promise<GrantRecord> {
  const record = await store.find(id)
  if (record === null) throw new Error(`The grant ${id} does not exist`)
  return record
}

/** Returns the ids of the user's live grants, in the order of `listByUser`. */
export async function liveGrants(
  store: GrantStore,
  userId: UserId,
  at: number = anInstant + 1,
): Promise<readonly GrantId[]> {
  const records = await store.listByUser(userId, at)
  return records.map(({ id }) => id)
}

/** Expects that the stored grants equal the records. */
export async function expectGrants(
  store: GrantStore,
  records: readonly GrantRecord[],
): Promise<void> {
  for (const record of records) expect(await store.find(record.id)).toEqual(record)
}

/** Returns the grants that an insertion has ended, and throws if it was refused. */
export function endedByInsertion(outcome: GrantInsertOutcome): readonly EndedGrant[] {
  if (outcome.status === 'inserted') return outcome.ended
  throw new Error(`The insertion was refused: ${outcome.reason}`)
}
