import { types } from 'node:util'
import { type Logger, pino } from 'pino'
import { createLogDestination } from './log-destination.ts'
import { type LogFormat, toText } from './text-format.ts'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly level: string
  /** `null`: text on a terminal, otherwise JSON. */
  readonly format: LogFormat | null
  /** Default: standard output. A command prints its result there. */
  readonly output?: 'stdout' | 'stderr'
}

/** Creates the process log. JSON: one line per entry, times in UTC. Text: for a terminal, times in the zone of the machine. */
export function createLogger({ level, format, output = 'stdout' }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service: 'mjrwtf' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: serializeError },
  }
  const warn = (line: string) => void process.stderr.write(line)
  const destination = createLogDestination({ output: output === 'stdout' ? 1 : 2, warn })
  const stream = process[output]
  if ((format ?? (stream.isTTY ? 'text' : 'json')) === 'json') return pino(options, destination)
  const isColored = stream.isTTY && stream.hasColors()
  return pino(options, { write: (line) => void destination.write(toText(line, { isColored })) })
}

interface SerializedError {
  readonly name: string
  readonly message: string
  readonly stack?: string | undefined
  readonly cause?: SerializedError
}

/** Name, message and stack of an error and its causes. Other fields are omitted: drivers put values into them. */
export function serializeError(error: unknown, depth = 0): SerializedError {
  // Not by `instanceof`: it would hide an error of another realm.
  if (!types.isNativeError(error)) return { name: 'unknown', message: 'unknown' }
  const { name, message, stack, cause } = error
  if (!types.isNativeError(cause) || depth === 4) return { name, message, stack }
  return { name, message, stack, cause: serializeError(cause, depth + 1) }
}

/** Session events that need attention; the others are routine. */
const warningEvents: ReadonlySet<string> = new Set([
  'secret-reused',
  'unknown-tokens-throttled',
  'record-unreadable',
  'revocation-channel-interrupted',
  'store-failed',
  'redirect-loop-prevented',
  'sweep-failed',
  'clock-skewed',
  'activity-lost',
  'client-address-shared',
  'protection-missing',
  'refresh-token-reused',
  'grant-unreadable',
])

interface LibraryEvent {
  readonly type: string
  readonly at: number
}

/** Writes events of sessions and grants to the process log, unchanged: they contain no secret. */
export function logSessionEvents(log: Logger): (event: LibraryEvent) => void {
  return ({ type, at, ...details }) => {
    const fields = { event: type, at: new Date(at).toISOString(), ...details }
    if (warningEvents.has(type)) log.warn(fields, 'session event')
    else log.info(fields, 'session event')
  }
}
