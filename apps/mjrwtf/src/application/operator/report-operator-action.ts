import type { Clock } from 'coatcheck'
import type { OperatorAction, SendMail } from '../ports/email.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'

/** The user whose account or link the operator at the shell has changed. */
interface AffectedUser {
  readonly id: string
  readonly email: string
}

/**
 * Records what the operator at the shell has done in the security log of the user, and notifies the user by email (ASVS
 * 5.0 V6.3.7). `detail`: the reason, or the short code of the link. Call it after the change was stored.
 */
export type ReportOperatorAction = (
  user: AffectedUser,
  action: OperatorAction,
  detail: string | null,
) => void

export interface ReportOperatorActionDependencies {
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly sendMail: SendMail
  readonly clock: Clock
}

export function createReportOperatorAction({
  recordSecurityEvent,
  sendMail,
  clock,
}: ReportOperatorActionDependencies): ReportOperatorAction {
  return function reportOperatorAction({ id: userId, email }, action, detail) {
    recordSecurityEvent({ userId, kind: action, detail })
    // Not limited like other notifications: no user or visitor causes it.
    sendMail(email, { kind: 'operator-action', action, detail, at: clock.now() })
  }
}
