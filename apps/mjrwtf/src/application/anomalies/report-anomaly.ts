import { anomalyInterval, emailInterval } from '../../domain/anomaly.ts'
import type { SecurityEvent, SecurityEventKind } from '../../domain/security-event.ts'
import type { Email } from '../ports/email.ts'
import type { AnomaliesDependencies } from './dependencies.ts'

export interface Anomaly {
  readonly kind: AnomalyKind
  /** The event that revealed it. */
  readonly event: SecurityEvent
  /** The other IP address, or the number of failures. */
  readonly detail: string | null
}

export type AnomalyKind = Extract<
  SecurityEventKind,
  'concurrent-use' | 'impossible-travel' | FailureAnomalyKind
>

/** Repeated failures, of no session. */
export type FailureAnomalyKind = Extract<
  SecurityEventKind,
  'many-failed-sign-ins' | 'many-failed-second-factors'
>

/**
 * Reports an anomaly unless the same one was reported recently: requires a step-up, records a security event and emails
 * the user. Idempotent: safe to retry after a failure.
 */
export type ReportAnomaly = (anomaly: Anomaly) => Promise<void>

type ReportAnomalyDependencies = Pick<
  AnomaliesDependencies,
  'notifications' | 'users' | 'stepUp' | 'describeClient' | 'recordSecurityEvent' | 'sendMail'
>

export function createReportAnomaly(dependencies: ReportAnomalyDependencies): ReportAnomaly {
  const { notifications, users, stepUp } = dependencies
  const { describeClient, recordSecurityEvent, sendMail } = dependencies

  return async function reportAnomaly(anomaly) {
    const { event, kind, detail } = anomaly
    const { userId, ipAddress, userAgent, at } = event
    const sessionId = isFailureAnomaly(kind) ? null : event.sessionId
    const isClaimed = await claimNotification(
      anomaly,
      `${kind} ${sessionId ?? ''}`,
      anomalyInterval,
    )
    if (!isClaimed) return
    if (sessionId === null) await stepUp.requireAll(userId, at)
    else await stepUp.require(sessionId, at)
    const recipient = await recipientOf(anomaly)
    // Neither of these can fail, so a retry never repeats them.
    recordSecurityEvent({ userId, at, kind, sessionId, ipAddress, userAgent, detail })
    if (recipient !== null) sendMail(recipient, emailFor(anomaly))
  }

  /** Of all processes that detect the same anomaly, one reports it. */
  function claimNotification(
    { event }: Anomaly,
    subject: string,
    interval: number,
  ): Promise<boolean> {
    const { userId, id: sentBy, at } = event
    return notifications.claim({ userId, subject, sentBy, at, interval })
  }

  /** Returns the email to notify, or `null` if an email of that kind was sent recently. */
  async function recipientOf(anomaly: Anomaly): Promise<string | null> {
    if (!(await claimNotification(anomaly, `email ${anomaly.kind}`, emailInterval))) return null
    const user = await users.find(anomaly.event.userId)
    return user?.email ?? null
  }

  function emailFor({ kind, event, detail }: Anomaly): Email {
    const { at } = event
    if (isFailureAnomaly(kind)) return { kind, failures: Number(detail), at }
    const suspicion = kind === 'impossible-travel' ? kind : 'concurrent-use'
    return { kind: 'suspicious-use', suspicion, at, from: describeClient(event) }
  }
}

function isFailureAnomaly(kind: AnomalyKind): kind is FailureAnomalyKind {
  return kind === 'many-failed-sign-ins' || kind === 'many-failed-second-factors'
}
