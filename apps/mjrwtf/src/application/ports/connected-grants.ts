import type { ClientId } from '../../domain/client-application.ts'
import type { Scope } from '../../domain/scope.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** An active grant, as shown to its user. The id does not authenticate. */
export interface ConnectedGrant {
  readonly id: string
  readonly clientId: ClientId
  readonly scopes: readonly Scope[]
  readonly createdAt: Instant
  /** When the client application last received tokens. */
  readonly lastRefreshedAt: Instant
  /** When it expires regardless of use. */
  readonly expiresAt: Instant
}

/** A grant, with the client application that has it. */
export interface ConnectedApp extends ConnectedGrant {
  /** As registered now. `null` if it was just removed. */
  readonly name: string | null
  /** Https URL. */
  readonly website: string | null
}

/**
 * The grants of a user, for that user. A grant that has ended is invalid immediately, in every process. Rejects only if the
 * store fails.
 */
export interface ConnectedGrants {
  /** The active ones, newest first. */
  list(userId: UserId): Promise<readonly ConnectedGrant[]>
  /** Returns the client of the grant, or `null` if the user has no active grant with that id. */
  end(userId: UserId, grantId: string): Promise<ClientId | null>
  /** Ends all of them, and makes pending consents void. Returns how many it ended. */
  endAll(userId: UserId): Promise<number>
}
