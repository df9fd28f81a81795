import { anomalyInterval, emailInterval } from '../../domain/anomaly.ts'
import type { SecurityEvent, SecurityEventKind } from '../../domain/security-event.ts'
import type { Email, SendMail } from '../ports/email.ts'
import type { NotificationRepository } from '../ports/notification-repository.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { StepUp } from '../ports/user-sessions.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'
import type { DescribeClient } from '../shared/describe-client.ts'

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
  'concurrent-use' | 'impossible-travel' | 'many-failed-sign-ins'
>

/**
 * Tells of an anomaly, unless the same was told lately: into the security log, by a letter, and by asking for the
 * password before what is sensitive. May be called again after it has failed, and tells nothing twice then.
 */
export type ReportAnomaly = (anomaly: Anomaly) => Promise<void>

export interface ReportAnomalyPorts {
  readonly notifications: NotificationRepository
  readonly users: Pick<UserRepository, 'find'>
  readonly stepUp: StepUp
  readonly describeClient: DescribeClient
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly sendMail: SendMail
}

export function createReportAnomaly(ports: ReportAnomalyPorts): ReportAnomaly {
  const { notifications, users, stepUp, describeClient, recordSecurityEvent, sendMail } = ports

  return async function reportAnomaly(anomaly) {
    const { event, kind, detail } = anomaly
    const { userId, ipAddress, userAgent, at } = event
    const sessionId = kind === 'many-failed-sign-ins' ? null : event.sessionId
    const isClaimed = await claimNotification(
      anomaly,
      `${kind} ${sessionId ?? ''}`,
      anomalyInterval,
    )
    if (!isClaimed) return
    if (sessionId === null) await stepUp.requireAll(userId, at)
    else await stepUp.require(sessionId, at)
    const recipient = await recipientOf(anomaly)
    // From here on nothing waits: all of it is told, or none.
    recordSecurityEvent({ userId, at, kind, sessionId, ipAddress, userAgent, detail })
    if (recipient !== null) sendMail(recipient, emailFor(anomaly))
  }

  /** Of any number of processes that have seen the same, one goes on. */
  function claimNotification(
    { event }: Anomaly,
    subject: string,
    interval: number,
  ): Promise<boolean> {
    const { userId, id: sentBy, at } = event
    return notifications.claim({ userId, subject, sentBy, at, interval })
  }

  /** Whom to write to; `null` where a letter of that kind was sent lately. */
  async function recipientOf(anomaly: Anomaly): Promise<string | null> {
    if (!(await claimNotification(anomaly, `email ${anomaly.kind}`, emailInterval))) return null
    const user = await users.find(anomaly.event.userId)
    return user?.email ?? null
  }

  function emailFor({ kind, event, detail }: Anomaly): Email {
    const { at } = event
    if (kind === 'many-failed-sign-ins') return { kind, failures: Number(detail), at }
    const suspicion = kind === 'impossible-travel' ? kind : 'concurrent-use'
    return { kind: 'suspicious-use', suspicion, at, from: describeClient(event) }
  }
}
