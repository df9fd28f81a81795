import type { SessionEvent } from '../domain/events.ts'

/**
 * Receives events. Called synchronously after the fact, so it must be fast; an error that it throws
 * neither changes the outcome nor affects other sinks.
 */
export type EventSink = (event: SessionEvent) => void
