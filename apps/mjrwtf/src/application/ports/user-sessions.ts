import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** Somebody's signed-in presence on one device, as they may see it. Its id is a handle that opens nothing. */
export interface UserSession {
  readonly id: string
  readonly createdAt: Instant
  readonly lastActivityAt: Instant
  /** When it ends whatever is done with it. */
  readonly expiresAt: Instant
  /** When the person last proved who they are. */
  readonly authenticatedAt: Instant
  readonly remembered: boolean
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

export interface EndedByOperator {
  readonly userId: UserId
  readonly except: string | null
}

/**
 * The sessions of users. What is ended is over at once, everywhere, and says that the user ended it, or an
 * administrator.
 * Rejects only when the store fails.
 */
export interface UserSessions {
  /** Those that are live. */
  list(userId: UserId): Promise<readonly UserSession[]>
  /** Ends one. `false`, and no change: there is none of that id, it is somebody else's, or it was over already. */
  end(userId: UserId, id: string): Promise<boolean>
  /** Ends all, or all but one, and returns how many. */
  endAll(userId: UserId, except: string | null): Promise<number>
  /** The same by an administrator's hand; `except` may be a session of anybody. Sign-ins under way are refused. */
  endAllByOperator(operatorId: UserId, request: EndedByOperator): Promise<number>
}

/** A browser and the system it runs on, by their names; what is not known is `null`. */
export interface Device {
  readonly browser: string | null
  readonly system: string | null
}

/** Reads a User-Agent header. It is the client's word, and proves nothing. */
export type DeviceDetector = (userAgent: string | null) => Device
