import type { EventSink, SessionEvent } from 'coatcheck'
import type {
  RecordSecurityEvent,
  SecurityEventInput,
} from '../../application/security-log/record-security-event.ts'
import { isSecurityEventKind, type SecurityEventKind } from '../../domain/security-event.ts'
import { createHourlyBudget } from './hourly-budget.ts'

type RecordedEvent = Extract<SessionEvent, { readonly type: SecurityEventKind }>

/** Records session events in the security log of their user. Events without a user stay in the process log. */
export function recordSessionEvents(record: RecordSecurityEvent): EventSink {
  const hasBudget = createHourlyBudget()
  return (event) => {
    if (!isRecorded(event)) return
    if ('lastActivityAt' in event && !hasBudget(event.sessionId, event.at)) return
    record(toSecurityEvent(event))
  }
}

function isRecorded(event: SessionEvent): event is RecordedEvent {
  return isSecurityEventKind(event.type)
}

function toSecurityEvent(event: RecordedEvent): SecurityEventInput {
  const { type: kind, userId, at } = event
  return {
    kind,
    userId,
    at,
    ...('sessionId' in event && { sessionId: event.sessionId }),
    ...('ipAddress' in event && { ipAddress: event.ipAddress, userAgent: event.userAgent }),
    ...('reason' in event && { detail: event.reason }),
    ...('methods' in event && event.methods.length > 0 && { detail: event.methods.join(' ') }),
    ...('lastActivityAt' in event && { detail: event.from, lastActivityAt: event.lastActivityAt }),
  }
}
