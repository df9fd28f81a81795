import type { EventSink } from 'coatcheck'
import { destination, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/** Name and message of an error, for a log line. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
}

/** Makes the log: one JSON line per entry on standard output, times in UTC. */
export function createLogger(level: string): Logger {
  const options = {
    level,
    base: { service: 'mjrwtf' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  // Written at once: the last words before an exit are the ones that matter.
  return pino(options, destination({ dest: 1, sync: true }))
}

/** What calls for somebody's attention; the rest happens all day. */
const warningEvents: ReadonlySet<string> = new Set([
  'secret-reused',
  'unknown-tokens-throttled',
  'record-unreadable',
  'revocation-channel-interrupted',
  'sweep-failed',
  'activity-lost',
])

/** Writes what happens to sessions into the log. Events hold no secret, so they go in as they are. */
export function logSessionEvents(log: Logger): EventSink {
  return ({ type, at, ...details }) => {
    const fields = { event: type, at: new Date(at).toISOString(), ...details }
    if (warningEvents.has(type)) log.warn(fields, 'session event')
    else log.info(fields, 'session event')
  }
}
