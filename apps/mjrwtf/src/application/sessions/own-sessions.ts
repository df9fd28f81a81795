import type { UserId } from '../../domain/user.ts'
import type { Device, DeviceDetector } from '../ports/client-detection.ts'
import type { TrustedBrowserRepository } from '../ports/trusted-browser-repository.ts'
import type { UserSession, UserSessions } from '../ports/user-sessions.ts'
import type { DescribeLocation } from '../shared/describe-client.ts'

export interface ListSessionsRequest {
  readonly userId: UserId
  /** The session of this request. Its activity in memory is newer than the stored one. */
  readonly current: Pick<UserSession, 'id' | 'lastActivityAt'>
}

export interface SessionView extends UserSession {
  readonly device: Device
  /** Location of its IP address as text, or `null` if unknown. */
  readonly location: string | null
  readonly isCurrent: boolean
}

export interface EndSessionRequest {
  readonly userId: UserId
  readonly sessionId: string
}

export interface EndSessionsRequest {
  readonly userId: UserId
  /** The session to keep, or `null` to end all. */
  readonly except: string | null
  /** The trusted browser to keep. Default: none. */
  readonly keptBrowser?: string | null
}

/** The sessions of one user, for that user. Each function rejects only if the store fails. */
export interface OwnSessions {
  /** Lists the active sessions, most recently active first. */
  list(request: ListSessionsRequest): Promise<readonly SessionView[]>
  /**
   * Ends one session. `not-found` covers a session of another user, one that has ended and one that never existed, so
   * that the three are indistinguishable (404).
   */
  end(request: EndSessionRequest): Promise<'ended' | 'not-found'>
  /**
   * Ends the other sessions, or all, and returns how many it ended. Ends the trust in browsers first, so that none of them
   * signs in with the password alone afterwards.
   */
  endAll(request: EndSessionsRequest): Promise<number>
}

export interface OwnSessionsDependencies {
  readonly sessions: Pick<UserSessions, 'list' | 'end' | 'endAll'>
  readonly trustedBrowsers: Pick<TrustedBrowserRepository, 'endAll'>
  readonly detectDevice: DeviceDetector
  readonly describeLocation: DescribeLocation
}

export function createOwnSessions(dependencies: OwnSessionsDependencies): OwnSessions {
  const { sessions, trustedBrowsers, detectDevice, describeLocation } = dependencies

  function toView(session: UserSession, current: ListSessionsRequest['current']): SessionView {
    const isCurrent = session.id === current.id
    const lastActivityAt = isCurrent
      ? Math.max(current.lastActivityAt, session.lastActivityAt)
      : session.lastActivityAt
    return {
      ...session,
      lastActivityAt,
      isCurrent,
      device: detectDevice(session.userAgent),
      location: describeLocation(session.ipAddress),
    }
  }

  return {
    async list({ userId, current }) {
      const activeSessions = await sessions.list(userId)
      return activeSessions
        .map((session) => toView(session, current))
        .toSorted((one, other) => other.lastActivityAt - one.lastActivityAt)
    },
    async end({ userId, sessionId }) {
      return (await sessions.end(userId, sessionId)) ? 'ended' : 'not-found'
    },
    async endAll({ userId, except, keptBrowser = null }) {
      await trustedBrowsers.endAll(userId, keptBrowser)
      return sessions.endAll(userId, except)
    },
  }
}
