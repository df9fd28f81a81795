import type { GrantStore } from '../../ports/grant-store.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import type { Parameters } from './messages.ts'
import type { Address } from './proxy.ts'
import type { DatabaseFault } from './run-work.ts'

/** A database with worker processes, to run under faults. */
export interface ChaosSubject {
  /** A module that calls `runChaosWorker`; each worker is a process that runs it. */
  readonly workerFile: URL
  /** Where the database listens. Workers reach it through a proxy each. */
  readonly database: Address
  /** For the function that opens the stores of a worker. */
  readonly parameters?: Parameters
  /** The stores on a connection without faults, to prepare histories and to read what they left. */
  readonly sessions: SessionStore
  readonly grants: GrantStore
  /** Removes all sessions and grants, and what is known of their users. */
  empty(): Promise<void>
  /** Resolves once no statement of a worker runs in the database, also of one that was killed. */
  waitUntilIdle(): Promise<void>
  /** Faults of the database server, by name. Default: none. */
  readonly databaseFaults?: Readonly<Record<string, DatabaseFault>>
}

/** How much to run. */
export interface ChaosOptions {
  /** Number of runs. Each has its own plan, of the seed plus its index. Default 10. */
  readonly runs?: number
  /** Seed of the first plan. The same seed generates the same operations and faults. Default 1. */
  readonly seed?: number
  /** Worker processes. Default 3. */
  readonly workers?: number
  /** Called after each run, with the sums so far. */
  readonly onProgress?: (report: ChaosReport) => void
}

/** What ran. A violation rejects instead. */
export interface ChaosReport {
  readonly runs: number
  /** Operations that were started under faults. */
  readonly operations: number
  /** Those with an answer. */
  readonly answered: number
  /** Those that failed as the store's failures do, or whose process was killed: they may have taken effect. */
  readonly unknown: number
  /** Faults by type. */
  readonly faults: Readonly<Record<string, number>>
  /** Histories that the search gave up on. They count as not checked. */
  readonly undecided: number
}

/** The report before the first run. */
export const emptyReport: ChaosReport = {
  runs: 0,
  operations: 0,
  answered: 0,
  unknown: 0,
  faults: {},
  undecided: 0,
}

/** Adds what one history contributes. */
export function addToReport(report: ChaosReport, part: Partial<ChaosReport>): ChaosReport {
  const faults: Record<string, number> = { ...report.faults }
  for (const [name, count] of Object.entries(part.faults ?? {})) {
    faults[name] = (faults[name] ?? 0) + count
  }
  return {
    runs: report.runs + (part.runs ?? 0),
    operations: report.operations + (part.operations ?? 0),
    answered: report.answered + (part.answered ?? 0),
    unknown: report.unknown + (part.unknown ?? 0),
    undecided: report.undecided + (part.undecided ?? 0),
    faults,
  }
}
