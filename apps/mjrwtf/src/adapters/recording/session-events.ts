import type { EventSink, SessionEvent } from 'coatcheck'
import type {
  RecordSecurityEvent,
  ToldSecurityEvent,
} from '../../application/record-security-event.ts'

/** Notes in their user's security log what happens to sessions. What belongs to nobody is left to the process log. */
export function recordSessionEvents(record: RecordSecurityEvent): EventSink {
  return (event) => {
    const told = toSecurityEvent(event)
    if (told !== null) record(told)
  }
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
      return { ...whose(event), kind: 'address-changed', ipAddress: event.to, detail: event.from }
    case 'user-agent-changed':
      return { ...whose(event), kind: 'browser-changed', userAgent: event.to, detail: event.from }
    case 'sign-in-refused': {
      const { userId, at, reason } = event
      return { userId, at, ...where(event), kind: 'sign-in-refused', detail: reason }
    }
    default:
      return null
  }
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
