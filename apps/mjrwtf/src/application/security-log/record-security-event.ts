import type { Clock } from 'coatcheck'
import { outcomeOf, type SecurityEvent } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { SecurityEventSink } from '../ports/security-event-repository.ts'
import { type DetectionSink, isDetectedKind } from './detection-input.ts'

/** A security event as reported by a caller. Defaults: the current time, and `null`. */
export interface SecurityEventInput
  extends Pick<SecurityEvent, 'userId' | 'kind'>,
    Partial<Pick<SecurityEvent, 'at' | 'sessionId' | 'ipAddress' | 'userAgent' | 'detail'>> {
  /** For a session whose client changed: its activity before the change. Not stored. */
  readonly lastActivityAt?: Instant
}

/**
 * Records a security event of an account. Returns immediately and the event is written in the background, so that the
 * time of a failed sign-in does not reveal whether the account exists.
 */
export type RecordSecurityEvent = (event: SecurityEventInput) => void

export interface RecordSecurityEventDependencies {
  readonly addSecurityEvent: SecurityEventSink
  /** Queues an event that may be part of an anomaly. */
  readonly addDetectionInput: DetectionSink
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

export function createRecordSecurityEvent(
  dependencies: RecordSecurityEventDependencies,
): RecordSecurityEvent {
  const { addSecurityEvent, addDetectionInput, secrets, clock } = dependencies
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
    if (isDetectedKind(event.kind))
      addDetectionInput({ event, lastActivityAt: input.lastActivityAt ?? null })
  }
}

/** Maximum length of stored text that a client chooses. */
const maxTextLength = 512

/** Replaces control characters, so that the text is one line, and PostgreSQL rejects NUL. */
function toPlainText(text: string | null): string | null {
  return text === null ? null : text.replace(/\p{C}+/gu, ' ').slice(0, maxTextLength)
}
