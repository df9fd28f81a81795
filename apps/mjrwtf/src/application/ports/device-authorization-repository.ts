import type { ApprovedDevice, DeviceAuthorization } from '../../domain/device-authorization.ts'
import type { Scope } from '../../domain/scope.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

export interface NewDeviceAuthorization extends DeviceAuthorization {
  readonly deviceCodeHash: string
  readonly userCodeHash: string
}

/** A decision of a signed-in user. */
export interface DeviceDecision {
  readonly id: string
  readonly userId: UserId
  readonly isApproved: boolean
  /** The scopes that the user grants: of those requested, the ones that they may have. */
  readonly scopes: readonly Scope[]
  /** When the user authenticated in the session of the decision. */
  readonly authenticatedAt: Instant
  /** Of the user. */
  readonly passwordVersion: number
  readonly at: Instant
}

export interface DevicePoll {
  readonly deviceCodeHash: string
  readonly clientId: string
  readonly at: Instant
}

export type DevicePollOutcome =
  /** This poll used the device code up. No other poll ever receives this. */
  | { readonly status: 'approved'; readonly device: ApprovedDevice }
  /** `isEarly`: the interval had not passed since the last poll. It is longer from now on. */
  | { readonly status: 'pending'; readonly isEarly: boolean }
  | { readonly status: 'denied' }
  | { readonly status: 'expired' }
  /** The device code is unknown, of another client, or was used. */
  | { readonly status: 'unknown' }

/** Stores the authorizations that devices request (RFC 8628). Rejects with `RepositoryError` only. */
export interface DeviceAuthorizationRepository {
  /** Adds one that waits for a decision. Returns `false` if one of the codes is in use, or the client was removed. */
  add(authorization: NewDeviceAuthorization): Promise<boolean>
  /** The authorization with one of the hashes of a user code, if it waits for a decision and has not expired. */
  findByUserCode(
    userCodeHashes: readonly string[],
    now: Instant,
  ): Promise<DeviceAuthorization | null>
  /** The authorization with that id, under the same conditions. */
  find(id: string, now: Instant): Promise<DeviceAuthorization | null>
  /**
   * Decides an authorization that waits for a decision and has not expired. Returns `false` and changes nothing
   * otherwise, or if the user was deleted: of any number of parallel decisions, one succeeds.
   */
  decide(decision: DeviceDecision): Promise<boolean>
  /**
   * Records a poll of the device, and decides its outcome in the same statement: an approved device code is used up by
   * exactly one of any number of parallel polls, and a poll that comes too early extends the interval. An early poll of an
   * authorization that is decided receives the decision. An expired one is never approved.
   */
  poll(poll: DevicePoll): Promise<DevicePollOutcome>
  /** Removes a batch of those that expired at that instant or before. Returns whether there may be more. */
  purgeBatch(until: Instant): Promise<boolean>
}
