import { sql } from 'kysely'
import type { AttemptRepository, Reservation } from '../../application/ports/attempt-repository.ts'
import type { AttemptPolicy } from '../../domain/throttle.ts'
import type { Instant } from '../../domain/time.ts'
import { ask, type Database, type Dialect } from './database.ts'
import { toInstant } from './tables.ts'

const allowed: Reservation = { status: 'allowed' }

/** Counts attempts. The statement that counts is the one that decides, under the row's lock. */
export function createAttemptRepository({ kysely, dialect }: Database): AttemptRepository {
  function find(key: string) {
    const query = kysely.selectFrom('attempts').selectAll().where('key', '=', key)
    return ask(query.executeTakeFirst())
  }

  return {
    async reserve(key, policy, now) {
      const counted = await ask(reserveQuery(dialect, key, { policy, now }).execute(kysely))
      if (counted.rows.length === 1) return allowed
      // Nothing hangs on this look: it only tells when to come back.
      const row = await find(key)
      if (row === undefined) return { status: 'blocked', until: now }
      const closed = policy.closedAfter !== null && row.failures >= policy.closedAfter
      const until = closed ? now + policy.longestDelay : toInstant(row.blocked_until)
      return { status: 'blocked', until }
    },
    async refund(key) {
      const query = kysely
        .updateTable('attempts')
        // The reservation came through, so before it there was no block.
        .set((row) => ({
          failures: row('failures', '-', 1),
          blocked_until: row.ref('last_attempt_at'),
        }))
        .where('key', '=', key)
        .where('failures', '>', 0)
      await ask(query.execute())
    },
    async clear(key) {
      await ask(kysely.deleteFrom('attempts').where('key', '=', key).execute())
    },
    async clearAll(key) {
      const below = `${key}:`
      const query = kysely
        .deleteFrom('attempts')
        // By characters: a hash may hold what LIKE takes for a wildcard.
        .where((row) =>
          row.or([
            row('key', '=', key),
            row(
              row.fn<string>('substr', ['key', sql`1`, sql`${sql.lit(below.length)}`]),
              '=',
              below,
            ),
          ]),
        )
      await ask(query.execute())
    },
    async purge(before, closedAfter) {
      const query = kysely
        .deleteFrom('attempts')
        .where('last_attempt_at', '<', dialect.stamp(before))
        .where('failures', '<', closedAfter)
      await ask(query.execute())
    },
  }
}

function reserveQuery(
  dialect: Dialect,
  key: string,
  { policy, now }: { readonly policy: AttemptPolicy; readonly now: Instant },
) {
  const at = dialect.at(now)
  const forgotten = sql`attempts.last_attempt_at <= ${dialect.at(now - policy.forgetAfter)}`
  const failures = sql`(CASE WHEN ${forgotten} THEN 1 ELSE attempts.failures + 1 END)`
  const open =
    policy.closedAfter === null ? sql`true` : sql`attempts.failures < ${policy.closedAfter}`
  // Nobody is made to wait so long: the clock was set back since. Twice, for those of several machines differ a little.
  const beyondAnyDelay = sql`attempts.blocked_until > ${dialect.at(now + 2 * policy.longestDelay)}`
  return sql`
    INSERT INTO attempts (key, failures, last_attempt_at, blocked_until)
    VALUES (${key}, 1, ${at}, ${dialect.later(at, delay(dialect, sql`1`, policy))})
    ON CONFLICT (key) DO UPDATE SET
      failures = ${failures},
      last_attempt_at = ${at},
      blocked_until = ${dialect.later(at, delay(dialect, failures, policy))}
    WHERE (attempts.blocked_until <= ${at} OR ${beyondAnyDelay}) AND ${open}
    RETURNING key`
}

/** `delayAfter` of the domain, in SQL: the count it needs is known to the database alone. */
function delay(dialect: Dialect, failures: ReturnType<typeof sql>, policy: AttemptPolicy) {
  const whole = (value: number) => sql`CAST(${value} AS bigint)`
  const beyond = sql`(${failures} - CAST(${policy.free} AS integer) - 1)`
  const doubled = sql`${whole(policy.firstDelay)} << CAST(${dialect.least(beyond, sql`20`)} AS integer)`
  return sql`CASE WHEN ${beyond} < 0 THEN 0
    ELSE ${dialect.least(sql`(${doubled})`, whole(policy.longestDelay))} END`
}
