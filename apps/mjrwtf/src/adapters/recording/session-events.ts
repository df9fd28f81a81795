import type { EventSink, SessionEvent } from 'coatcheck'
import type {
  RecordSecurityEvent,
  ToldSecurityEvent,
} from '../../application/record-security-event.ts'
import { createChangeBudget } from './change-budget.ts'

/** Notes in their user's security log what happens to sessions. What belongs to nobody is left to the process log. */
export function recordSessionEvents(record: RecordSecurityEvent): EventSink {
  const hasBudget = createChangeBudget()
  return (event) => {
    if (isClientChange(event) && !hasBudget(event.sessionId, event.at)) return
    const told = toSecurityEvent(event)
    if (told !== null) record(told)
  }
}

type ClientChange = Extract<SessionEvent, { readonly lastActivityAt: unknown }>

function isClientChange(event: SessionEvent): event is ClientChange {
  return event.type === 'address-changed' || event.type === 'user-agent-changed'
}

function toSecurityEvent(event: SessionEvent): ToldSecurityEvent | null {
  switch (event.type) {
    case 'session-created':
      return { ...whose(event), ...where(event), kind: 'signed-in' }
    case 'session-stepped-up':
      return { ...whose(event), kind: 'stepped-up' }
    case 'session-revoked':
      return { ...whose(event), kind: 'session-ended', detail: event.reason }
    case 'session-expired':
      return { ...whose(event), kind: 'session-expired', detail: event.reason }
    case 'secret-reused':
      return { ...whose(event), ...where(event), kind: 'secret-reused' }
    case 'address-changed':
      return { ...changeOf(event), kind: 'address-changed' }
    case 'user-agent-changed':
      return { ...changeOf(event), kind: 'browser-changed' }
    case 'sign-in-refused': {
      const { userId, at, reason } = event
      return { userId, at, ...where(event), kind: 'sign-in-refused', detail: reason }
    }
    default:
      return null
  }
}

function changeOf(event: ClientChange) {
  const { from: detail, lastActivityAt } = event
  return { ...whose(event), ...where(event), detail, lastActivityAt }
}

type OfUser = Extract<SessionEvent, { readonly userId: string; readonly sessionId: string }>

function whose({ userId, sessionId, at }: Pick<OfUser, 'userId' | 'sessionId' | 'at'>) {
  return { userId, sessionId, at }
}

function where({
  ipAddress,
  userAgent,
}: {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}) {
  return { ipAddress, userAgent }
}
