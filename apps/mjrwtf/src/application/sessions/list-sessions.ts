import type { UserId } from '../../domain/user.ts'
import type { Device, DeviceDetector, UserSession, UserSessions } from '../ports/user-sessions.ts'
import type { DescribeLocation } from '../shared/describe-location.ts'

export interface ListSessionsRequest {
  readonly userId: UserId
  /** The session that asks: what is known of it here is newer than what is stored. */
  readonly current: Pick<UserSession, 'id' | 'lastActivityAt'>
}

export interface SessionView extends UserSession {
  readonly device: Device
  /** Where its address is, in words; `null` where that is not known. */
  readonly location: string | null
  readonly isCurrent: boolean
}

/** Where somebody is signed in, the most recently active first. */
export type ListSessions = (request: ListSessionsRequest) => Promise<readonly SessionView[]>

export interface ListSessionsPorts {
  readonly sessions: UserSessions
  readonly detectDevice: DeviceDetector
  readonly describeLocation: DescribeLocation
}

export function createListSessions(ports: ListSessionsPorts): ListSessions {
  const { sessions, detectDevice, describeLocation } = ports
  return async function listSessions({ userId, current }) {
    const liveSessions = await sessions.list(userId)
    return liveSessions
      .map(toView)
      .toSorted((one, other) => other.lastActivityAt - one.lastActivityAt)

    function toView(session: UserSession): SessionView {
      const isCurrent = session.id === current.id
      const seenAt = isCurrent ? current.lastActivityAt : session.lastActivityAt
      const lastActivityAt = Math.max(seenAt, session.lastActivityAt)
      return {
        ...session,
        lastActivityAt,
        isCurrent,
        device: detectDevice(session.userAgent),
        location: describeLocation(session.ipAddress),
      }
    }
  }
}
