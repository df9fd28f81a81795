import type { UsedMethod } from './authentication.ts'
import type { SecretHash, UserId } from './session.ts'
import { isStorableId, isStorableText, requireArgument, requireMethodsText } from './storable.ts'
import { hour, type Instant, type Milliseconds, minute } from './time.ts'

declare const pendingSignInIdBrand: unique symbol

/** Public handle of a pending sign-in, in the format of a session id. It does not name a session. */
export type PendingSignInId = string & { readonly [pendingSignInIdBrand]: true }

/** How long a pending sign-in can be completed. Enforced on the server, whatever the cookie says. */
export const pendingSignInTimeout: Milliseconds = 10 * minute

/** Factor checks that a pending sign-in allows. */
export const maxPendingSignInAttempts = 5

/** Pending sign-ins that a user can have at once. Beyond that, the oldest are removed. */
export const maxPendingSignIns = 20

/** How long an expired one stays in the store, so that a late form can say that it has expired. */
export const expiredPendingSignInRetention: Milliseconds = hour

/** Maximum length of `state`, in UTF-16 code units. */
export const maxPendingStateLength = 4_096

/** A pending sign-in as stored. It never authenticates a request. */
export interface PendingSignInRecord {
  readonly id: PendingSignInId
  readonly secretHash: SecretHash
  readonly userId: UserId
  /** How the user has authenticated so far, each method once. */
  readonly methods: readonly UsedMethod[]
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** When the check of the first credentials started. */
  readonly credentialsCheckedAt: Instant
  /** Factor checks that were counted, also one that was refused because there were too many. */
  readonly attempts: number
  /** Whether the session will be a remembered one. */
  readonly remember: boolean
  /** Text of the app, or `null`. */
  readonly state: string | null
}

/** What the holder of the token presents: the id and the hash of the secret. */
export interface PendingSignInKey {
  readonly id: PendingSignInId
  readonly secretHash: SecretHash
}

/**
 * Returns the text of the methods to store. Throws `invalid-argument` for a record that a store could not return
 * unchanged.
 */
export function requireStorablePendingSignIn(record: PendingSignInRecord): string {
  const { id, userId, state } = record
  requireArgument(isStorableId(id), 'The id of a pending sign-in must be 1 to 255 characters')
  requireArgument(isStorableId(userId), 'A user id must be 1 to 255 characters without NUL')
  requireArgument(record.secretHash.length === 32, 'A secret hash must have 32 bytes')
  requireArgument(state === null || isStorableText(state), 'state must be well-formed text')
  const integers = [
    record.createdAt,
    record.expiresAt,
    record.credentialsCheckedAt,
    record.attempts,
  ]
  requireArgument(integers.every(Number.isSafeInteger), 'Instants must be whole milliseconds')
  return requireMethodsText({ methods: record.methods, previousMethods: [] })
}
