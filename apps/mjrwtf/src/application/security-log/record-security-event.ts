import type { Clock } from 'coatcheck'
import { outcomeOf, type SecurityEvent } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { SecurityEventSink } from '../ports/security-event-repository.ts'
import { type DetectionSink, isDetectionInput } from './detection-input.ts'

/** What is known of an event by whoever tells of it. */
export interface SecurityEventInput
  extends Pick<SecurityEvent, 'userId' | 'kind'>,
    Partial<Pick<SecurityEvent, 'at' | 'sessionId' | 'ipAddress' | 'userAgent' | 'detail'>> {
  /** Of a session that changed its client: when it was last used before. Not kept. */
  readonly lastActivityAt?: Instant
}

/**
 * Notes what happened to an account. Returns at once, and the event is written behind the request's
 * back: that an account exists must not show in how long a refused sign-in takes.
 */
export type RecordSecurityEvent = (event: SecurityEventInput) => void

export interface RecordSecurityEventPorts {
  readonly addSecurityEvent: SecurityEventSink
  /** Where what may be unusual goes to be judged. */
  readonly addDetectionInput: DetectionSink
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

export function createRecordSecurityEvent(ports: RecordSecurityEventPorts): RecordSecurityEvent {
  const { addSecurityEvent, addDetectionInput, secrets, clock } = ports
  return function recordSecurityEvent(input) {
    const event: SecurityEvent = {
      id: secrets.id(),
      userId: input.userId,
      at: input.at ?? clock.now(),
      kind: input.kind,
      outcome: outcomeOf(input.kind),
      sessionId: input.sessionId ?? null,
      ipAddress: input.ipAddress ?? null,
      userAgent: toPlainText(input.userAgent ?? null),
      detail: toPlainText(input.detail ?? null),
    }
    addSecurityEvent(event)
    if (isDetectionInput(event.kind))
      addDetectionInput({ event, lastActivityAt: input.lastActivityAt ?? null })
  }
}

/** Longest text that a client can make us keep. */
const maxTextLength = 512

/** One line, whatever the client calls itself; PostgreSQL takes no NUL either. */
function toPlainText(text: string | null): string | null {
  return text === null ? null : text.replace(/\p{C}+/gu, ' ').slice(0, maxTextLength)
}
