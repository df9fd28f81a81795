import type { Activity, Instant, Milliseconds, RevocationChannel, SessionStore } from 'coatcheck'
import type { Meter } from './meter.ts'
import type { EngineName } from './options.ts'

/** Bytes of the table and of each of its indexes. */
export interface TableSizes {
  readonly rows: number
  readonly table: number
  readonly indexes: Readonly<Record<string, number>>
}

/** What became of a batch of activities. */
export interface TouchFigures {
  readonly updated: number
  /** Of these, the updates that touched no index; `null` where the engine has no such thing. */
  readonly heapOnly: number | null
}

/** One database of sessions. */
export interface SessionDatabase {
  /** The store that is measured. A fill opens another, so ask for it afterwards. */
  readonly store: SessionStore
  /** Makes the table hold exactly rows 0 to `size` - 1, none of them ended. */
  fill(size: number, now: Instant): Promise<void>
  sizes(): Promise<TableSizes>
  /** A channel that tells of changes to this database. */
  openChannel(): Disposable & { readonly channel: RevocationChannel }
  /** Lets the engine map the file into memory, as far as it can, or no longer. Absent where there is no such thing. */
  mapFile?(mapped: boolean): void
  touch(activities: readonly Activity[], precision: Milliseconds): Promise<TouchFigures>
}

/** From where pages must come: the system's cache, or the disk. */
export type ColdCache = 'engine-empty' | 'all-empty'

export interface Engine extends AsyncDisposable {
  readonly name: EngineName
  /** The table of 10,000 sessions that is measured in turns with the other. */
  readonly small: SessionDatabase
  readonly main: SessionDatabase
  readonly meter: Meter
  /** Operations under way at once where a rate is measured. */
  readonly inFlight: number
  /** How many times more operations a round needs than with the slowest engine. */
  readonly operationFactor: number
  settings(): Promise<Readonly<Record<string, string>>>
  /** Empties caches; `false` where this machine does not let us. */
  clearCaches(level: ColdCache): Promise<boolean>
}
