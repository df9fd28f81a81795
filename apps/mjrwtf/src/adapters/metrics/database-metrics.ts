import { Gauge, Histogram, type Registry } from '@prometheus-io/client'

/** A statement of the app. The operations of the session library have a metric of their own. */
export interface ObservedStatement {
  /** The kind of the statement, such as `select`: one of few. */
  readonly kind: string
  readonly hasFailed: boolean
  readonly milliseconds: number
}

export type ObserveStatement = (statement: ObservedStatement) => void

/** Connections to the database for one purpose. */
export interface ConnectionState {
  readonly pool: string
  readonly open: number
  readonly idle: number
  /** Statements that wait for a connection. */
  readonly waiting: number
}

export interface DatabaseSources {
  readonly connections: () => readonly ConnectionState[]
  /** Whether the database can only be read. */
  readonly isReadOnly: () => boolean
}

/** In seconds: from a row in the page cache to the timeout of a statement. */
const buckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5]

export function createObserveStatement(registry: Registry): ObserveStatement {
  const duration = new Histogram({
    name: 'mjrwtf_database_statement_duration_seconds',
    help: 'Duration of statements, without the wait for a connection, by kind and result.',
    labelNames: ['kind', 'result'],
    buckets,
    registers: [registry],
  })
  const results = (kind: string) => ({
    ok: duration.labels({ kind, result: 'ok' }),
    error: duration.labels({ kind, result: 'error' }),
  })
  const series = new Map<string, ReturnType<typeof results>>()
  return ({ kind, hasFailed, milliseconds }) => {
    const known = series.get(kind) ?? results(kind)
    series.set(kind, known)
    known[hasFailed ? 'error' : 'ok'].observe(milliseconds / 1_000)
  }
}

/** Reads the state at each scrape. */
export function registerDatabase(registry: Registry, sources: DatabaseSources): void {
  new Gauge({
    name: 'mjrwtf_database_connections',
    help: 'Connections to PostgreSQL by pool and state; statements that wait for one have the state waiting.',
    labelNames: ['pool', 'state'],
    registers: [registry],
    collect() {
      for (const { pool, open, idle, waiting } of sources.connections()) {
        this.set({ pool, state: 'idle' }, idle)
        this.set({ pool, state: 'busy' }, open - idle)
        this.set({ pool, state: 'waiting' }, waiting)
      }
    },
  })
  new Gauge({
    name: 'mjrwtf_database_read_only',
    help: '1 while the database cannot be written, for example because the disk is full.',
    registers: [registry],
    collect() {
      this.set(sources.isReadOnly() ? 1 : 0)
    },
  })
}
