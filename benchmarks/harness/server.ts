import type { Case } from '../cases/case.ts'
import { startChild } from './child.ts'

/** A server's own readings, after it completed deferred work. */
export interface Reading {
  /** Processor time of all its threads since it started, in µs. */
  readonly cpu: number
  /** Resident memory, in bytes. */
  readonly rss: number
  readonly statistics: Readonly<Record<string, number>>
}

/** A case that is served by a separate process. */
export interface RunningServer {
  readonly served: Case
  readonly database: string
  readonly port: number
  read(): Promise<Reading>
  stop(): Promise<void>
}

export async function startServer(
  served: Case,
  database: string,
  flags: readonly string[] = [],
): Promise<RunningServer> {
  const child = startChild('server-process.ts', [served.name, database], flags)
  const answer = await child.request({ command: 'port' })
  return {
    served,
    database,
    port: Number(fieldOf(answer, 'port')),
    async read() {
      const reading = await child.request({ command: 'reading' })
      if (isReading(reading)) return reading
      throw new Error(`${served.name} returned no reading`)
    },
    stop: child.stop,
  }
}

function isReading(answer: unknown): answer is Reading {
  return typeof fieldOf(answer, 'cpu') === 'number'
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined
}
