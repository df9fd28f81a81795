import type { Kysely, RawBuilder } from 'kysely'
import type { LinkPosition } from '../../application/ports/link-list.ts'
import type { PageStart } from '../../application/ports/paging.ts'
import {
  RepositoryError,
  type RepositoryErrorCode,
} from '../../application/ports/repository-error.ts'
import type { CalendarDay } from '../../domain/calendar-day.ts'
import type { Click } from '../../domain/click.ts'
import type { TimeSpan } from '../../domain/click-tally.ts'
import type { ChainPlace, EventEntry, StoredSecurityEvent } from '../../domain/security-chain.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { LinkTerm } from './link-terms.ts'
import type { Tables, Timestamp } from './tables.ts'
import type { Transact } from './transactions.ts'

/** The SQL that differs between the two databases. */
export interface Dialect {
  /** Whether a transaction may span statements. False if all statements share one connection (decision 008). */
  readonly hasLongTransactions: boolean
  /** Rows per statement of a deletion in batches. Small on SQLite, where each statement blocks all requests. */
  readonly deletionBatch: number
  /** An instant as a parameter. */
  timestamp(instant: Instant): Timestamp
  /** The same in raw SQL, with the type that PostgreSQL needs. */
  timestampSql(instant: Instant): RawBuilder<Timestamp>
  /** `instant` plus an expression in milliseconds. */
  addInterval(
    timestamp: RawBuilder<unknown>,
    milliseconds: RawBuilder<unknown>,
  ): RawBuilder<Timestamp>
  /** The greater or the smaller of two expressions. */
  greatest(one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<unknown>
  least(one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<unknown>
  /** The number of quarter-hours from an instant to a column, rounded down. */
  quarterHoursSince(start: Instant, column: RawBuilder<unknown>): RawBuilder<number>
  /** A table expression `input` with a row per click, in the columns of `clicks`. Uses one parameter for any number. */
  clicksTable(clicks: readonly Click[]): RawBuilder<unknown>
  /** The same for spans of time, with the columns `starts_at` and `ends_at`. */
  spansTable(spans: readonly TimeSpan[]): RawBuilder<unknown>
  /** The same for rows of `click_days`. */
  clickDaysTable(days: readonly ClickDayRow[]): RawBuilder<unknown>
  /** An instant, or null if it has a fraction of a millisecond, which no program writes. */
  wholeMilliseconds(instant: RawBuilder<unknown>): RawBuilder<unknown>
  /** An aggregate: the texts of a column, separated by spaces. `null` without rows. */
  joinText(column: RawBuilder<unknown>): RawBuilder<string | null>
  /**
   * The end of a query: locks its rows against deletion until the statement completes, and omits rows that were
   * deleted concurrently. Empty on SQLite, which has one writer at a time.
   */
  lockForShare(table: string): RawBuilder<unknown>
  /** The end of a query: locks its rows until the statement completes, and reads them as they are then. Empty on SQLite. */
  lockForUpdate(): RawBuilder<unknown>
  /** Whether a JSON array of texts contains the text. */
  jsonContains(list: RawBuilder<unknown>, text: string): RawBuilder<boolean>
  /** A JSON array of texts with one more. */
  jsonAppend(list: RawBuilder<unknown>, text: string): RawBuilder<string>
  jsonLength(list: RawBuilder<unknown>): RawBuilder<number>
  /** A JSON array of texts without the one whose place in `keys` has the key, or with another one in its place. */
  jsonReplace(replacement: JsonReplacement): RawBuilder<string>
  /** The end of a query: locks its rows for deletion, and omits rows that another statement has locked. */
  lockForDeletion(): RawBuilder<unknown>
  /**
   * A condition that is always true, and locks the pending sign-ins, the sessions and the passkeys of the user before
   * the rows of the query. Sign-ins and changes of passkeys lock in this order, so that they never deadlock with a
   * deletion of the user.
   */
  lockOwned(userId: UserId | RawBuilder<UserId>): RawBuilder<unknown>
  /** A table expression with a row per event, in the columns of `security_events`. */
  securityEventsTable(events: readonly EventEntry[]): RawBuilder<unknown>
  /** The same for places in the chain, with the columns `id`, `position` and `hash`. */
  placesTable(places: readonly EventPlace[]): RawBuilder<unknown>
  /** The same with the columns `number` (of the event in the batch, from 0), `id` and `user_id`. */
  eventKeysTable(events: readonly EventKeys[]): RawBuilder<unknown>
  /** The host of a destination, by an index. */
  destinationHost(): RawBuilder<string>
  /** A subquery of the links, not removed, that have all terms in the index, nearest to the start. */
  linksWithTerms(terms: readonly LinkTerm[], part: IndexPart): RawBuilder<IndexedLink>
}

export interface JsonReplacement {
  readonly list: RawBuilder<unknown>
  readonly keys: RawBuilder<unknown>
  readonly key: string
  /** `null` to remove it. */
  readonly value: string | null
}

export interface IndexPart {
  readonly start: PageStart<LinkPosition>
  readonly limit: number
}

export interface IndexedLink {
  readonly position: number
}

export interface EventPlace extends ChainPlace {
  readonly id: string
}

export type EventKeys = Pick<StoredSecurityEvent, 'id' | 'userId'>

/** A row of `click_days`. */
export interface ClickDayRow {
  readonly link_id: string
  readonly day: CalendarDay
  readonly clicks: number
  readonly sums: string
  readonly cells: string
}

/**
 * The context of a repository. Each operation is one statement or one `transact`, so statements of other requests never
 * run inside its transaction.
 */
export interface Database {
  readonly kysely: Kysely<Tables>
  readonly dialect: Dialect
  readonly transact: Transact
}

/** Awaits a statement and wraps driver errors in a `RepositoryError`. */
export async function run<Result>(statement: Promise<Result>): Promise<Result> {
  try {
    return await statement
  } catch (error) {
    const code = repositoryCodeOf(error)
    throw new RepositoryError(messages[code], { code, cause: redactError(error) })
  }
}

const messages: Readonly<Record<RepositoryErrorCode, string>> = {
  'database-unavailable': 'The database failed or did not respond.',
  'database-read-only':
    'The database can only be read at present: its disk is full, or it is a replica.',
}

/** SQLSTATE read_only_sql_transaction and disk_full; the result codes of SQLite, with their extended ones. */
const readOnlyCodes = /^(25006|53100|SQLITE_(FULL|READONLY.*|IOERR_WRITE))$/

function repositoryCodeOf(error: unknown): RepositoryErrorCode {
  return readOnlyCodes.test(codeOf(error)) ? 'database-read-only' : 'database-unavailable'
}

/** As `run`, but returns `null` if the row references a deleted one; nothing was written. */
export async function runUnlessForeignKeyViolation<Result>(
  statement: Promise<Result>,
): Promise<Result | null> {
  try {
    return await statement
  } catch (error) {
    if (foreignKeyViolations.has(codeOf(error))) return null
    return run(Promise.reject(error))
  }
}

/** On SQLite, a trigger also rejects a link of an unknown owner (decision 021). */
const foreignKeyViolations: ReadonlySet<string> = new Set([
  'SQLITE_CONSTRAINT_FOREIGNKEY',
  'SQLITE_CONSTRAINT_TRIGGER',
  '23503',
])

/** As `run`, but returns `duplicate` if another row already has a unique value. */
export async function runUnlessDuplicate<Result>(
  statement: Promise<Result>,
): Promise<Result | 'duplicate'> {
  const isDuplicate = (error: unknown) =>
    ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505'].includes(codeOf(error))
  const guarded = statement.catch((error: unknown) => {
    if (isDuplicate(error)) return 'duplicate' as const
    throw error
  })
  return run(guarded)
}

/** The `detail` of a PostgreSQL error can contain the row, with emails and hashes, so it is dropped. */
function redactError(error: unknown): unknown {
  if (!(error instanceof Error) || !('detail' in error) || error.detail === undefined) return error
  return new Error(`${error.message} (${codeOf(error)})`)
}

/** The stable code of a driver or system error: `SQLITE_…`, `E…` or a SQLSTATE; empty if it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
