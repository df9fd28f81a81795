import type { UserId } from '../domain/user.ts'
import type { DescribePlace } from './describe-place.ts'
import type { Device, DeviceDetector, UserSession, UserSessions } from './ports/user-sessions.ts'

export interface ListSessionsRequest {
  readonly userId: UserId
  /** The session that asks: what is known of it here is newer than what is stored. */
  readonly current: Pick<UserSession, 'id' | 'lastActivityAt'>
}

export interface OwnSession extends UserSession {
  readonly device: Device
  /** Where its address is, in words; `null` where that is not known. */
  readonly place: string | null
  readonly isCurrent: boolean
}

/** Where somebody is signed in, the most recently active first. */
export type ListSessions = (request: ListSessionsRequest) => Promise<readonly OwnSession[]>

export interface ListSessionsPorts {
  readonly sessions: UserSessions
  readonly detectDevice: DeviceDetector
  readonly describePlace: DescribePlace
}

export function createListSessions(ports: ListSessionsPorts): ListSessions {
  const { sessions, detectDevice, describePlace } = ports
  return async function listSessions({ userId, current }) {
    const live = await sessions.list(userId)
    return live.map(toOwn).toSorted((one, other) => other.lastActivityAt - one.lastActivityAt)

    function toOwn(session: UserSession): OwnSession {
      const isCurrent = session.id === current.id
      const seenAt = isCurrent ? current.lastActivityAt : session.lastActivityAt
      const lastActivityAt = Math.max(seenAt, session.lastActivityAt)
      return {
        ...session,
        lastActivityAt,
        isCurrent,
        device: detectDevice(session.userAgent),
        place: describePlace(session.ipAddress),
      }
    }
  }
}
