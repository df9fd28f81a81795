import { sql } from 'kysely'
import type { AttemptRepository, Reservation } from '../../application/ports/throttling.ts'
import type { AttemptPolicy } from '../../domain/attempt-policy.ts'
import type { Instant } from '../../domain/time.ts'
import { type Database, type Dialect, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { toInstant } from './tables.ts'

const allowed: Reservation = { status: 'allowed' }

/** Counts attempts. One statement counts and decides, under the lock of the row. */
export function createAttemptRepository(database: Database): AttemptRepository {
  const { kysely, dialect } = database

  function find(key: string) {
    const query = kysely.selectFrom('attempts').selectAll().where('key', '=', key)
    return run(query.executeTakeFirst())
  }

  return {
    async reserve(key, policy, now) {
      const reserved = await run(reserveQuery(dialect, key, { policy, now }).execute(kysely))
      if (reserved.rows.length === 1) return allowed
      // This read only determines when to retry.
      const row = await find(key)
      if (row === undefined) return { status: 'blocked', until: now }
      const locked = policy.lockedAfter !== null && row.failures >= policy.lockedAfter
      const until = locked ? now + policy.maxDelay : toInstant(row.blocked_until)
      return { status: 'blocked', until }
    },
    async refund(key) {
      const query = kysely
        .updateTable('attempts')
        // The reservation was allowed, so there was no block before it.
        .set((row) => ({
          failures: row('failures', '-', 1),
          blocked_until: row.ref('last_attempt_at'),
        }))
        .where('key', '=', key)
        .where('failures', '>', 0)
      await run(query.execute())
    },
    async clear(key) {
      await run(kysely.deleteFrom('attempts').where('key', '=', key).execute())
    },
    async clearAll(key) {
      const prefix = `${key}:`
      const query = kysely
        .deleteFrom('attempts')
        // Compares characters, because a hash may contain LIKE wildcards.
        .where((row) =>
          row.or([
            row('key', '=', key),
            row(
              row.fn<string>('substr', ['key', sql`1`, sql`${sql.lit(prefix.length)}`]),
              '=',
              prefix,
            ),
          ]),
        )
      await run(query.execute())
    },
    purgeBatch(before, lockedAfter) {
      const rows = sql`
        SELECT key FROM attempts
        WHERE last_attempt_at < ${dialect.timestampSql(before)} AND failures < ${lockedAfter}`
      return purgeBatch(database, { table: 'attempts', keyColumns: ['key'], rows })
    },
  }
}

function reserveQuery(
  dialect: Dialect,
  key: string,
  { policy, now }: { readonly policy: AttemptPolicy; readonly now: Instant },
) {
  const nowSql = dialect.timestampSql(now)
  const isReset = sql`attempts.last_attempt_at <= ${dialect.timestampSql(now - policy.resetAfter)}`
  const failures = sql`(CASE WHEN ${isReset} THEN 1 ELSE attempts.failures + 1 END)`
  const isUnlocked =
    policy.lockedAfter === null ? sql`true` : sql`attempts.failures < ${policy.lockedAfter}`
  // A longer block than any delay means that the clock was set back. Doubled, because the clocks of machines differ.
  const exceedsAnyDelay = sql`attempts.blocked_until > ${dialect.timestampSql(now + 2 * policy.maxDelay)}`
  return sql`
    INSERT INTO attempts (key, failures, last_attempt_at, blocked_until)
    VALUES (${key}, 1, ${nowSql}, ${dialect.addInterval(nowSql, delay(dialect, sql`1`, policy))})
    ON CONFLICT (key) DO UPDATE SET
      failures = ${failures},
      last_attempt_at = ${nowSql},
      blocked_until = ${dialect.addInterval(nowSql, delay(dialect, failures, policy))}
    WHERE (attempts.blocked_until <= ${nowSql} OR ${exceedsAnyDelay}) AND ${isUnlocked}
    RETURNING key`
}

/** `delayAfter` of the domain, in SQL, because only the database knows the count. */
function delay(dialect: Dialect, failures: ReturnType<typeof sql>, policy: AttemptPolicy) {
  const toBigint = (value: number) => sql`CAST(${value} AS bigint)`
  const excessFailures = sql`(${failures} - CAST(${policy.allowedFailures} AS integer) - 1)`
  const doubled = sql`${toBigint(policy.firstDelay)} << CAST(${dialect.least(excessFailures, sql`20`)} AS integer)`
  return sql`CASE WHEN ${excessFailures} < 0 THEN 0
    ELSE ${dialect.least(sql`(${doubled})`, toBigint(policy.maxDelay))} END`
}
