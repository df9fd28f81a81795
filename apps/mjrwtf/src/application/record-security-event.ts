import { outcomeOf, type SecurityEvent } from '../domain/security-event.ts'
import type { Instant } from '../domain/time.ts'
import type { Clock } from './ports/clock.ts'
import type { Secrets } from './ports/secrets.ts'
import type { SecurityEventSink } from './ports/security-event-repository.ts'
import { isJudged, type SightingSink } from './sighting.ts'

/** What is known of an event by whoever tells of it. */
export interface ToldSecurityEvent
  extends Pick<SecurityEvent, 'userId' | 'kind'>,
    Partial<Pick<SecurityEvent, 'at' | 'sessionId' | 'ipAddress' | 'userAgent' | 'detail'>> {
  /** Of a session that changed its client: when it was last used before. Not kept. */
  readonly lastActivityAt?: Instant
}

/**
 * Notes what happened to an account. Returns at once, and the event is written behind the request's
 * back: that an account exists must not show in how long a refused sign-in takes.
 */
export type RecordSecurityEvent = (event: ToldSecurityEvent) => void

export interface RecordSecurityEventPorts {
  readonly securityEventSink: SecurityEventSink
  /** Where what may be unusual goes to be judged. */
  readonly sightingSink: SightingSink
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

export function createRecordSecurityEvent(ports: RecordSecurityEventPorts): RecordSecurityEvent {
  const { securityEventSink, sightingSink, secrets, clock } = ports
  return function recordSecurityEvent(told) {
    const event: SecurityEvent = {
      id: secrets.id(),
      userId: told.userId,
      at: told.at ?? clock.now(),
      kind: told.kind,
      outcome: outcomeOf(told.kind),
      sessionId: told.sessionId ?? null,
      ipAddress: told.ipAddress ?? null,
      userAgent: plain(told.userAgent ?? null),
      detail: plain(told.detail ?? null),
    }
    securityEventSink(event)
    if (isJudged(event.kind)) sightingSink({ event, lastActivityAt: told.lastActivityAt ?? null })
  }
}

/** Longest text that a client can make us keep. */
const longest = 512

/** One line, whatever the client calls itself; PostgreSQL takes no NUL either. */
function plain(text: string | null): string | null {
  return text === null ? null : text.replace(/\p{C}+/gu, ' ').slice(0, longest)
}
