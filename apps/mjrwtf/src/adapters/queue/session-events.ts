import type { EventSink, SessionEvent } from 'coatcheck'
import type {
  RecordSecurityEvent,
  SecurityEventInput,
} from '../../application/security-log/record-security-event.ts'
import { createHourlyBudget } from './hourly-budget.ts'

/** Notes in their user's security log what happens to sessions. What belongs to nobody is left to the process log. */
export function recordSessionEvents(record: RecordSecurityEvent): EventSink {
  const hasBudget = createHourlyBudget()
  return (event) => {
    if (isClientChange(event) && !hasBudget(event.sessionId, event.at)) return
    const securityEvent = toSecurityEvent(event)
    if (securityEvent !== null) record(securityEvent)
  }
}

type ClientChange = Extract<SessionEvent, { readonly lastActivityAt: unknown }>

function isClientChange(event: SessionEvent): event is ClientChange {
  return event.type === 'ip-address-changed' || event.type === 'user-agent-changed'
}

function toSecurityEvent(event: SessionEvent): SecurityEventInput | null {
  switch (event.type) {
    case 'session-created':
      return { ...userFields(event), ...clientFields(event), kind: 'signed-in' }
    case 'session-stepped-up':
      return { ...userFields(event), kind: 'stepped-up' }
    case 'session-revoked':
      return { ...userFields(event), kind: 'session-ended', detail: event.reason }
    case 'session-expired':
      return { ...userFields(event), kind: 'session-expired', detail: event.reason }
    case 'secret-reused':
      return { ...userFields(event), ...clientFields(event), kind: 'secret-reused' }
    case 'ip-address-changed':
      return { ...clientChangeFields(event), kind: 'ip-address-changed' }
    case 'user-agent-changed':
      return { ...clientChangeFields(event), kind: 'browser-changed' }
    case 'sign-in-refused': {
      const { userId, at, reason } = event
      return { userId, at, ...clientFields(event), kind: 'sign-in-blocked', detail: reason }
    }
    default:
      return null
  }
}

function clientChangeFields(event: ClientChange) {
  const { from: detail, lastActivityAt } = event
  return { ...userFields(event), ...clientFields(event), detail, lastActivityAt }
}

type UserEvent = Extract<SessionEvent, { readonly userId: string; readonly sessionId: string }>

function userFields({ userId, sessionId, at }: Pick<UserEvent, 'userId' | 'sessionId' | 'at'>) {
  return { userId, sessionId, at }
}

function clientFields({
  ipAddress,
  userAgent,
}: {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}) {
  return { ipAddress, userAgent }
}
