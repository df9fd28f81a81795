import { anomalyInterval, letterInterval } from '../domain/anomaly.ts'
import type { SecurityEvent, SecurityEventKind } from '../domain/security-event.ts'
import type { DescribeClient } from './describe-client.ts'
import type { NoticeRepository } from './ports/notice-repository.ts'
import type { Letter, SendMail } from './ports/send-mail.ts'
import type { SessionTrust } from './ports/session-trust.ts'
import type { UserRepository } from './ports/user-repository.ts'
import type { RecordSecurityEvent } from './record-security-event.ts'

/** Something unusual. */
export interface Anomaly {
  readonly kind: AnomalyKind
  /** What showed it. */
  readonly event: SecurityEvent
  /** More about it: another address, or how many. */
  readonly detail: string | null
}

export type AnomalyKind = Extract<
  SecurityEventKind,
  'used-from-two-places' | 'impossible-travel' | 'many-failed-sign-ins'
>

/**
 * Tells of an anomaly, unless the same was told lately: into the security log, by a letter, and by asking for the
 * password before what is sensitive. May be called again after it has failed, and tells nothing twice then.
 */
export type RaiseAnomaly = (anomaly: Anomaly) => Promise<void>

export interface RaiseAnomalyPorts {
  readonly notices: NoticeRepository
  readonly users: Pick<UserRepository, 'find'>
  readonly sessionTrust: SessionTrust
  readonly describeClient: DescribeClient
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly sendMail: SendMail
}

export function createRaiseAnomaly(ports: RaiseAnomalyPorts): RaiseAnomaly {
  const { notices, users, sessionTrust, describeClient, recordSecurityEvent, sendMail } = ports

  return async function raiseAnomaly(anomaly) {
    const { event, kind, detail } = anomaly
    const { userId, ipAddress, userAgent, at } = event
    const sessionId = kind === 'many-failed-sign-ins' ? null : event.sessionId
    const tells = await take(anomaly, `${kind} ${sessionId ?? ''}`, anomalyInterval)
    if (!tells) return
    if (sessionId === null) await sessionTrust.doubtAll(userId, at)
    else await sessionTrust.doubt(sessionId, at)
    const to = await addresseeOf(anomaly)
    // From here on nothing waits: all of it is told, or none.
    recordSecurityEvent({ userId, at, kind, sessionId, ipAddress, userAgent, detail })
    if (to !== null) sendMail(to, letterOf(anomaly))
  }

  /** Of any number of processes that have seen the same, one goes on. */
  function take({ event }: Anomaly, about: string, interval: number): Promise<boolean> {
    const { userId, id: by, at } = event
    return notices.take({ userId, about, by, at, interval })
  }

  /** Whom to write to; `null` where a letter of that kind was sent lately. */
  async function addresseeOf(anomaly: Anomaly): Promise<string | null> {
    if (!(await take(anomaly, `letter ${anomaly.kind}`, letterInterval))) return null
    const user = await users.find(anomaly.event.userId)
    return user?.email ?? null
  }

  function letterOf({ kind, event, detail }: Anomaly): Letter {
    const { at } = event
    if (kind === 'many-failed-sign-ins') return { kind, failures: Number(detail), at }
    const what = kind === 'impossible-travel' ? kind : 'two-places'
    return { kind: 'suspicious-use', what, at, from: describeClient(event) }
  }
}
