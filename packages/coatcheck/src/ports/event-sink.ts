import type { SessionEvent } from '../domain/events.ts'

/**
 * Takes note of what happened. Called synchronously after the fact, so it must be quick; a sink that
 * throws neither changes the outcome nor keeps other sinks from being told.
 */
export type EventSink = (event: SessionEvent) => void
