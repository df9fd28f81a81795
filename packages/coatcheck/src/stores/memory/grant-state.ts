import type { AccessTokenRecord, GrantEndReason, GrantId, GrantRecord } from '../../domain/grant.ts'
import type { UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { EndedGrant, GrantEnding } from '../../ports/grant-store.ts'

/** The contents of a memory grant store. Records are private copies and never returned to a caller. */
export interface GrantState {
  readonly grants: Map<GrantId, GrantRecord>
  /** Per user, the latest instant at which all of the user's grants were ended. */
  readonly endedAllAt: Map<UserId, Instant>
  /** Called for each change except a creation, before the operation that makes it returns. */
  readonly listeners: Set<(id: GrantId) => void>
}

export function emptyGrantState(): GrantState {
  return { grants: new Map(), endedAllAt: new Map(), listeners: new Set() }
}

/** Copies a record, so that the caller and the store cannot change each other's bytes and lists. */
export function copyGrant(record: GrantRecord): GrantRecord {
  const { previousAccessToken, rotation } = record
  return {
    ...record,
    scopes: [...record.scopes],
    familyHash: new Uint8Array(record.familyHash),
    refreshSecretHash: new Uint8Array(record.refreshSecretHash),
    accessToken: copyAccessToken(record.accessToken),
    previousAccessToken: previousAccessToken && copyAccessToken(previousAccessToken),
    rotation: rotation && {
      ...rotation,
      previousSecretHash: new Uint8Array(rotation.previousSecretHash),
      salt: new Uint8Array(rotation.salt),
    },
  }
}

function copyAccessToken(token: AccessTokenRecord): AccessTokenRecord {
  return { ...token, secretHash: new Uint8Array(token.secretHash), scopes: [...token.scopes] }
}

/** Applies changes to a grant and calls the listeners. */
export function updateGrant(
  state: GrantState,
  record: GrantRecord,
  changes: Partial<GrantRecord>,
): void {
  state.grants.set(record.id, copyGrant({ ...record, ...changes }))
  for (const notify of state.listeners) notify(record.id)
}

/** Returns the grant, or `null` if it is absent or has ended. */
export function findUnendedGrant(state: GrantState, id: GrantId): GrantRecord | null {
  const record = state.grants.get(id)
  return record === undefined || record.endedAt !== null ? null : record
}

/** Returns the grants that have not ended and meet a condition, in no particular order. Scans all grants. */
export function unendedGrants(
  state: GrantState,
  condition: (record: GrantRecord) => boolean,
): readonly GrantRecord[] {
  return [...state.grants.values()].filter((record) => record.endedAt === null && condition(record))
}

/** Ends a grant that has not ended. */
export function endGrant<Reason extends GrantEndReason>(
  state: GrantState,
  record: GrantRecord,
  { reason, at, by }: GrantEnding & { readonly reason: Reason },
): EndedGrant & { readonly reason: Reason } {
  updateGrant(state, record, { endedAt: at, endReason: reason, endedBy: by })
  const { id, userId, clientId } = record
  return { id, userId, clientId, reason }
}
