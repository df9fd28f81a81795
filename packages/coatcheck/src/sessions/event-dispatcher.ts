import type { Expiry } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import type { EventSink } from '../ports/event-sink.ts'
import type { EndedSession, Ending } from '../ports/session-store.ts'

/** Tells every sink. A sink that throws must not turn what happened into an error. */
export function createEventDispatcher(sinks: readonly EventSink[]): EventSink {
  return (event) => {
    for (const sink of sinks) {
      try {
        sink(event)
      } catch {
        // Nowhere to report to: the sink is the reporter.
      }
    }
  }
}

/** Tells of sessions that an act ended. */
export function reportRevoked(
  report: EventSink,
  ended: readonly EndedSession[],
  { at, by }: Pick<Ending, 'at' | 'by'>,
): void {
  for (const { id, userId, reason } of ended) {
    report({ type: 'session-revoked', at, sessionId: id, userId, reason, by })
  }
}

/** Tells of sessions that a timeout ended. */
export function reportExpired(
  report: EventSink,
  ended: readonly (EndedSession & { readonly reason: Expiry })[],
  at: Instant,
): void {
  for (const { id, userId, reason } of ended) {
    report({ type: 'session-expired', at, sessionId: id, userId, reason })
  }
}
