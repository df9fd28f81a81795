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
  /** Processor time of all of PostgreSQL, in µs per request; `null` where it could not be measured. */
  readonly databaseCpu: number | null
  /** Resident memory of the server at its end, in bytes. */
  readonly rss: number
}

/** What PostgreSQL counted of a case, over the whole run. */
export interface DatabaseWork {
  /** Requests in all, warm-up included. */
  readonly requests: number
  readonly scans: number
  readonly updated: number
  readonly heapOnly: number
}

export interface CaseResult
  extends Pick<Case, 'name' | 'title' | 'group' | 'backend' | 'bare' | 'floor' | 'configuration'> {
  readonly rounds: readonly Measurement[]
  /** `null` where there is no PostgreSQL. */
  readonly databaseWork: DatabaseWork | null
  /** The case's own counters at the end. */
  readonly statistics: Readonly<Record<string, number>>
  /** Seconds for which it was under load. */
  readonly loaded: number
}

/** One check by itself, without any HTTP, in one process with all others. */
export interface CheckResult {
  readonly name: string
  readonly title: string
  /** Processor time in µs per check, all threads, by round. */
  readonly cpu: readonly number[]
}

/** How soon another process refused a session that was revoked, in ms. */
export interface PropagationResult {
  readonly backend: string
  /** From the beginning of the revocation, one for each. */
  readonly delays: readonly number[]
  /** Times that the other process told the session from memory meanwhile. */
  readonly hits: number
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  /** GiB. */
  readonly memory: number
  /** Processes that wanted to run before the run began, on average of a minute: the load that others made. */
  readonly loadAverage: number
  readonly system: string
  readonly node: string
  readonly postgres: string
}

export interface RunFacts {
  /** ISO 8601, in UTC. */
  readonly date: string
  readonly machine: Machine
  /** Versions of what was measured, by package. */
  readonly versions: Readonly<Record<string, string>>
  readonly settings: {
    readonly sessions: number
    readonly connections: number
    readonly rounds: number
    /** Seconds of each measurement. */
    readonly measured: number
  }
}

/** All that a run found out. */
export interface Results {
  readonly facts: RunFacts
  readonly cases: readonly CaseResult[]
  readonly checks: readonly CheckResult[]
  readonly propagation: readonly PropagationResult[]
}
