import type { Kysely, RawBuilder } from 'kysely'
import type { Boundaries } from '../../application/ports/click-repository.ts'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import type { Click } from '../../domain/click.ts'
import type { SecurityEvent } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import { codeOf } from './persistence-error.ts'
import type { Tables, Timestamp } from './tables.ts'

/** What the two databases say differently. */
export interface Dialect {
  /** Whether a transaction may stay open between statements: not where they run on one connection (decision 008). */
  readonly hasLongTransactions: boolean
  /** An instant as a parameter. */
  timestamp(instant: Instant): Timestamp
  /** The same in raw SQL, where nothing else tells PostgreSQL its type. */
  timestampSql(instant: Instant): RawBuilder<Timestamp>
  /** `instant` plus an expression in milliseconds. */
  addInterval(
    timestamp: RawBuilder<unknown>,
    milliseconds: RawBuilder<unknown>,
  ): RawBuilder<Timestamp>
  /** The greater or the smaller of two expressions. */
  greatest(one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<unknown>
  least(one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<unknown>
  /** The UTC day of a column, as `YYYY-MM-DD`. */
  utcDay(column: RawBuilder<unknown>): RawBuilder<string>
  /** A table expression `given` with one row per click, in the columns of `clicks`. One parameter, however many. */
  clicksTable(clicks: readonly Click[]): RawBuilder<unknown>
  /** The same for spans of time, with the columns `starts_at` and `ends_at`. */
  bucketsTable(buckets: readonly Boundaries[]): RawBuilder<unknown>
  /**
   * At the end of a query: keeps these rows from being removed until the statement is done, and leaves
   * out those that somebody was faster to remove. Nothing on SQLite, where one writes at a time.
   */
  lockForShare(table: string): RawBuilder<unknown>
  /** The same for security events, in the columns of `security_events`. */
  securityEventsTable(events: readonly SecurityEvent[]): RawBuilder<unknown>
}

/**
 * What a repository works with. Each operation is one statement: nothing here holds a transaction
 * open while it waits, so nothing of another request can fall into it. The removal of an account is the
 * exception, where the database allows it.
 */
export interface Database {
  readonly kysely: Kysely<Tables>
  readonly dialect: Dialect
}

/** Waits for a statement; whatever the driver rejects with becomes a `RepositoryError`. */
export async function run<Result>(statement: Promise<Result>): Promise<Result> {
  try {
    return await statement
  } catch (error) {
    throw new RepositoryError('The database failed or did not answer.', {
      cause: redactError(error),
    })
  }
}

/** The same, but `null` where the row refers to one that is gone, and nothing was written. */
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

const foreignKeyViolations: ReadonlySet<string> = new Set(['SQLITE_CONSTRAINT_FOREIGNKEY', '23503'])

/** As `ask`, for a statement that gives somebody what is unique: `taken` where another row has it already. */
export async function runUnlessDuplicate<Result>(
  statement: Promise<Result>,
): Promise<Result | 'duplicate'> {
  const isDuplicate = (error: unknown) =>
    ['SQLITE_CONSTRAINT_UNIQUE', '23505'].includes(codeOf(error))
  const guarded = statement.catch((error: unknown) => {
    if (isDuplicate(error)) return 'duplicate' as const
    throw error
  })
  return run(guarded)
}

/** PostgreSQL's detail of an error can show the row, with addresses and hashes: it goes no further. */
function redactError(error: unknown): unknown {
  if (!(error instanceof Error) || !('detail' in error) || error.detail === undefined) return error
  return new Error(`${error.message} (${codeOf(error)})`)
}
