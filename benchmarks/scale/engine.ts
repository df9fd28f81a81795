import type { Activity, Instant, Milliseconds, RevocationChannel, SessionStore } from 'coatcheck'
import type { Meter } from './meter.ts'
import type { EngineName } from './options.ts'

/** Bytes of the table and of each of its indexes. */
export interface TableSizes {
  readonly rows: number
  readonly table: number
  readonly indexes: Readonly<Record<string, number>>
}

/** The result of a batch of activities. */
export interface TouchFigures {
  readonly updated: number
  /** Of these, the updates that changed no index; `null` if the engine has no such updates. */
  readonly heapOnly: number | null
}

/** One database of sessions. */
export interface SessionDatabase {
  /** The measured store. A fill opens another, so read it afterward. */
  readonly store: SessionStore
  /** Fills the table with exactly rows 0 to `size` - 1, none of them ended. */
  fill(size: number, now: Instant): Promise<void>
  sizes(): Promise<TableSizes>
  /** A channel that reports changes of this database. */
  openChannel(): Disposable & { readonly channel: RevocationChannel }
  /** Enables or disables memory-mapping of the file. Absent if the engine has none. */
  mapFile?(mapped: boolean): void
  touch(activities: readonly Activity[], precision: Milliseconds): Promise<TouchFigures>
}

/** Where pages are read from: the system's cache or the disk. */
export type ColdCache = 'engine-empty' | 'all-empty'

export interface Engine extends AsyncDisposable {
  readonly name: EngineName
  /** The table of 10,000 sessions that is measured in turns with the large one. */
  readonly small: SessionDatabase
  readonly main: SessionDatabase
  readonly meter: Meter
  /** Concurrent operations in rate measurements. */
  readonly inFlight: number
  /** Factor of operations per round, relative to the slowest engine. */
  readonly operationFactor: number
  settings(): Promise<Readonly<Record<string, string>>>
  /** Empties caches; returns `false` if this machine does not permit it. */
  clearCaches(level: ColdCache): Promise<boolean>
}
