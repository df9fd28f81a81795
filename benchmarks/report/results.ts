import type { Case } from '../cases/case.ts'

/** One case in one round. */
export interface Measurement {
  readonly requests: number
  readonly seconds: number
  /** Latency under full load, in ms. */
  readonly p50: number
  readonly p99: number
  /** Processor time of the server's process, in µs per request. */
  readonly serverCpu: number
  /** Processor time of PostgreSQL, in µs per request; `null` if it could not be measured. */
  readonly databaseCpu: number | null
  /** Resident memory of the server at the end, in bytes. */
  readonly rss: number
}

/** PostgreSQL's counters of a case over the whole run. */
export interface DatabaseWork {
  /** Total requests, including warm-up. */
  readonly requests: number
  readonly scans: number
  readonly updated: number
  readonly heapOnly: number
}

export interface CaseResult
  extends Pick<Case, 'name' | 'title' | 'group' | 'backend' | 'bare' | 'floor' | 'configuration'> {
  readonly rounds: readonly Measurement[]
  /** `null` without PostgreSQL. */
  readonly databaseWork: DatabaseWork | null
  /** The case's own counters at the end. */
  readonly statistics: Readonly<Record<string, number>>
  /** Seconds under load. */
  readonly loaded: number
}

/** One verification without HTTP, in one process with all others. */
export interface CheckResult {
  readonly name: string
  readonly title: string
  /** Processor time in µs per verification, all threads, by round. */
  readonly cpu: readonly number[]
}

/** How soon another process rejected a revoked session, in ms. */
export interface PropagationResult {
  readonly backend: string
  /** From the start of each revocation. */
  readonly delays: readonly number[]
  /** How often the other process verified the session from its cache until then. */
  readonly hits: number
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  /** GiB. */
  readonly memory: number
  /** One-minute load average before the run: the load of other programs. */
  readonly loadAverage: number
  readonly system: string
  readonly node: string
  readonly postgres: string
}

export interface RunFacts {
  /** ISO 8601, in UTC. */
  readonly date: string
  readonly machine: Machine
  /** Versions of the measured packages. */
  readonly versions: Readonly<Record<string, string>>
  readonly settings: {
    readonly sessions: number
    readonly connections: number
    readonly rounds: number
    /** Seconds of each measurement. */
    readonly measured: number
  }
}

/** All results of a run. */
export interface Results {
  readonly facts: RunFacts
  readonly cases: readonly CaseResult[]
  readonly checks: readonly CheckResult[]
  readonly propagation: readonly PropagationResult[]
}
