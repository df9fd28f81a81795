import type { Clock } from 'coatcheck'
import { outcomeOf, type SecurityEvent } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { SecurityEventSink } from '../ports/security-event-repository.ts'
import { type DetectionSink, isDetectedKind } from './detection-input.ts'
import type { EventBudget, RepeatedEvents } from './event-budget.ts'

/** A security event as reported by a caller. Defaults: the current time, and `null`. */
export interface SecurityEventInput
  extends Pick<SecurityEvent, 'userId' | 'kind'>,
    Partial<Pick<SecurityEvent, 'at' | 'sessionId' | 'ipAddress' | 'userAgent' | 'detail'>> {
  /** For a session whose client changed: its activity before the change. Not stored. */
  readonly lastActivityAt?: Instant
}

/**
 * Records a security event of an account. Returns immediately and the event is written in the background, so that the
 * time of a failed sign-in does not reveal whether the account exists. Beyond `maxListedEvents` of a kind within an hour,
 * events are counted and one event reports the number.
 */
export type RecordSecurityEvent = (event: SecurityEventInput) => void

export interface RecordSecurityEventDependencies {
  readonly addSecurityEvent: SecurityEventSink
  /** Queues an event that may be part of an anomaly. */
  readonly addDetectionInput: DetectionSink
  readonly budget: EventBudget
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

export function createRecordSecurityEvent(
  dependencies: RecordSecurityEventDependencies,
): RecordSecurityEvent {
  const { addSecurityEvent, addDetectionInput, budget, secrets, clock } = dependencies
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
    if (budget.allows(event, clock.now())) addSecurityEvent(event)
    if (isDetectedKind(event.kind))
      addDetectionInput({ event, lastActivityAt: input.lastActivityAt ?? null })
  }
}

/** The event that reports how many were counted. */
export function toSecurityEvent(
  { userId, kind, at, detail }: RepeatedEvents,
  id: string,
): SecurityEvent {
  const noClient = { sessionId: null, ipAddress: null, userAgent: null }
  return { id, userId, at, kind, outcome: outcomeOf(kind), ...noClient, detail }
}

/** Maximum length of stored text that a client chooses. */
const maxTextLength = 512

/** Replaces control characters, so that the text is one line, and PostgreSQL rejects NUL. */
function toPlainText(text: string | null): string | null {
  return text === null ? null : text.replace(/\p{C}+/gu, ' ').slice(0, maxTextLength)
}
