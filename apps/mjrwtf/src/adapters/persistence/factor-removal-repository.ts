import { sql } from 'kysely'
import type {
  CanceledRemoval,
  FactorRemoval,
  FactorRemovalRepository,
} from '../../application/ports/factor-removal-repository.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import { allDeletions } from './factor-repository.ts'
import { type Timestamp, toInstant } from './tables.ts'

/**
 * Stores removals of second factors. Canceling deletes the row, and carrying it out locks the row first, so the database
 * decides which of the two happens.
 */
export function createFactorRemovalRepository(database: Database): FactorRemovalRepository {
  const { kysely, dialect } = database

  async function findAll(condition: ReturnType<typeof sql>): Promise<readonly FactorRemoval[]> {
    const query = sql<RemovalRow>`SELECT r.* FROM factor_removals AS r WHERE ${condition}`
    return (await run(query.execute(kysely))).rows.map(toRemoval)
  }

  async function cancelAll(condition: ReturnType<typeof sql>): Promise<readonly FactorRemoval[]> {
    const query = sql<RemovalRow>`
      DELETE FROM factor_removals WHERE ${condition}
      RETURNING user_id, requested_by, requested_at, due_at`
    return (await run(query.execute(kysely))).rows.map(toRemoval)
  }

  return {
    async add({ userId, requestedBy, requestedAt, dueAt, cancelHash }) {
      const instants = [requestedAt, dueAt].map(dialect.timestampSql)
      const query = sql`
        INSERT INTO factor_removals (user_id, requested_by, requested_at, due_at, cancel_hash)
        SELECT id, ${requestedBy}, ${sql.join(instants)}, ${cancelHash} FROM users
        WHERE id = ${userId} AND second_factors > 0
        ${dialect.lockForShare('users')} ON CONFLICT (user_id) DO NOTHING
        RETURNING user_id`
      return (await run(query.execute(kysely))).rows.length === 1
    },
    async find(userId) {
      const [removal] = await findAll(sql`r.user_id = ${userId} AND NOT ${isUnneeded}`)
      return removal ?? null
    },
    async findByLink(cancelHash) {
      const query = sql<RemovalRow & { readonly email: string }>`
        SELECT r.*, users.email FROM factor_removals AS r, users
        WHERE users.id = r.user_id AND ${hasLink(cancelHash)} AND NOT ${isUnneeded}`
      const [row] = (await run(query.execute(kysely))).rows
      return row === undefined ? null : { ...toRemoval(row), email: row.email }
    },
    async cancel(target) {
      const [removal] = await cancelAll(isTarget(target))
      return removal ?? null
    },
    cancelUnneeded: (limit) =>
      cancelAll(sql`user_id IN (
        SELECT r.user_id FROM factor_removals AS r WHERE ${isUnneeded} LIMIT ${limit}
      )`),
    findUnreminded: (until, limit) =>
      findAll(sql`r.due_at <= ${dialect.timestampSql(until)} AND r.reminder_cancel_hash IS NULL
        AND NOT ${isUnneeded} ORDER BY r.due_at, r.user_id LIMIT ${limit}`),
    async addReminder({ userId, requestedAt }, cancelHash, earliest) {
      const dueAt = dialect.greatest(sql`due_at`, dialect.timestampSql(earliest))
      const query = sql`
        UPDATE factor_removals SET reminder_cancel_hash = ${cancelHash}, due_at = ${dueAt}
        WHERE user_id = ${userId} AND requested_at = ${dialect.timestampSql(requestedAt)}
          AND reminder_cancel_hash IS NULL
        RETURNING user_id`
      return (await run(query.execute(kysely))).rows.length === 1
    },
    findDue: (now, limit) =>
      findAll(sql`${isDue(database, now)} ORDER BY r.due_at, r.user_id LIMIT ${limit}`),
    async carryOut(userId, now) {
      const rows = await run(
        database.transact({
          lock: lockRemoval(database, userId),
          read: sql<RemovalRow>`SELECT r.* FROM factor_removals AS r
            WHERE r.user_id = ${userId} AND ${isDue(database, now)}`.compile(kysely),
          write: (due) => (due.length === 0 ? [] : removalOf(database, userId)),
        }),
      )
      return rows.length === 1
    },
  }
}

interface RemovalRow {
  readonly user_id: string
  readonly requested_by: string
  readonly requested_at: Timestamp
  readonly due_at: Timestamp
}

function toRemoval(row: RemovalRow): FactorRemoval {
  return {
    userId: row.user_id,
    requestedBy: row.requested_by,
    requestedAt: toInstant(row.requested_at),
    dueAt: toInstant(row.due_at),
  }
}

function hasLink(cancelHash: string) {
  return sql`(cancel_hash = ${cancelHash} OR reminder_cancel_hash = ${cancelHash})`
}

function isTarget(target: CanceledRemoval) {
  return 'cancelHash' in target ? hasLink(target.cancelHash) : sql`user_id = ${target.userId}`
}

/**
 * Whether the user of the removal, joined as `r`, has used a factor since the request. Also if one was added or recovery
 * codes were created, because that requires a factor, and the row of the one that was used may be missing.
 */
const isUnneeded = sql`(
  EXISTS (SELECT 1 FROM passkeys AS f WHERE f.user_id = r.user_id
    AND (f.last_used_at > r.requested_at OR f.created_at > r.requested_at))
  OR EXISTS (SELECT 1 FROM authenticators AS f WHERE f.user_id = r.user_id
    AND (f.last_used_at > r.requested_at OR f.created_at > r.requested_at))
  OR EXISTS (SELECT 1 FROM phones AS f WHERE f.user_id = r.user_id
    AND (f.last_used_at > r.requested_at OR f.created_at > r.requested_at))
  OR EXISTS (SELECT 1 FROM recovery_codes AS f WHERE f.user_id = r.user_id
    AND (f.used_at > r.requested_at OR f.created_at > r.requested_at))
)`

function isDue({ dialect }: Database, now: Instant) {
  return sql`r.due_at <= ${dialect.timestampSql(now)} AND r.reminder_cancel_hash IS NOT NULL
    AND NOT ${isUnneeded}`
}

/** In the same order as the removal of one factor, and the removal last. `null` on SQLite, which has one writer at a time. */
function lockRemoval({ kysely, dialect }: Database, userId: UserId) {
  if (!dialect.hasLongTransactions) return null
  return sql`
    WITH passkeys_locked AS MATERIALIZED (
      SELECT id FROM passkeys WHERE user_id = ${userId} ORDER BY id FOR UPDATE
    ), user_locked AS MATERIALIZED (
      SELECT id FROM users WHERE id = ${userId} AND (SELECT count(*) FROM passkeys_locked) >= 0
      FOR NO KEY UPDATE
    )
    SELECT FROM factor_removals WHERE user_id = ${userId}
      AND (SELECT count(*) FROM user_locked) >= 0
    FOR UPDATE`.compile(kysely)
}

function removalOf(database: Database, userId: UserId) {
  const removal = database.kysely.deleteFrom('factor_removals').where('user_id', '=', userId)
  return [...allDeletions(database, userId), removal.compile()]
}
