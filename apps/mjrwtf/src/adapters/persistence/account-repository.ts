import { type Kysely, sql } from 'kysely'
import type { AccountRepository } from '../../application/ports/account-repository.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import type { Tables } from './tables.ts'

type Connection = Kysely<Tables>

/** Clicks deleted per statement, so that each statement stays within the statement timeout. */
const clickBatchSize = 20_000

/** Deletes accounts. Foreign keys cascade to all of their rows, so no table can be missed here. */
export function createAccountRepository({ kysely, dialect }: Database): AccountRepository {
  return {
    async remove(id) {
      const removed = await run(
        dialect.hasLongTransactions
          ? kysely.transaction().execute((connection) => removeInSteps(connection, id))
          : removeInOneStatement(kysely, id),
      )
      if (removed) return 'removed'
      // This read only selects the result.
      const query = kysely.selectFrom('users').select('id').where('id', '=', id)
      return (await run(query.execute())).length === 0 ? 'not-found' : 'others-remain'
    },
    async hasOthers(id) {
      const query = kysely.selectFrom('users').select('id').where('id', '<>', id).limit(1)
      return (await run(query.execute())).length > 0
    },
  }
}

/** For a database with one writer at a time: one statement checks and deletes. */
async function removeInOneStatement(connection: Connection, id: UserId): Promise<boolean> {
  const { rows } = await sql`DELETE FROM users WHERE ${canRemove(id)} RETURNING id`.execute(
    connection,
  )
  return rows.length === 1
}

/** For a database with concurrent writers: locks all rows first, then checks. */
async function removeInSteps(connection: Connection, id: UserId): Promise<boolean> {
  await lockRows(connection, id)
  const { rows } = await sql`SELECT id FROM users WHERE ${canRemove(id)}`.execute(connection)
  if (rows.length === 0) return false
  while ((await removeClickBatch(connection, id)) === clickBatchSize);
  await connection.deleteFrom('users').where('id', '=', id).execute()
  return true
}

function canRemove(id: UserId) {
  return sql`id = ${id} AND (is_operator = 0 OR NOT EXISTS (
    SELECT 1 FROM users AS others WHERE others.id <> ${id}
  ))`
}

/**
 * Locks in the same order as other statements, which prevents deadlocks: sessions and links by id, then the user, whose
 * row every insert of a session or link waits for.
 */
async function lockRows(connection: Connection, id: UserId): Promise<void> {
  await sql`SELECT 1 FROM sessions WHERE user_id = ${id} ORDER BY id FOR UPDATE`.execute(connection)
  await sql`SELECT 1 FROM links WHERE owner_id = ${id} ORDER BY id FOR UPDATE`.execute(connection)
  await sql`SELECT 1 FROM users WHERE id = ${id} FOR UPDATE`.execute(connection)
}

async function removeClickBatch(connection: Connection, id: UserId): Promise<number> {
  const query = sql`
    DELETE FROM clicks WHERE id IN (
      SELECT clicks.id FROM clicks JOIN links ON links.id = clicks.link_id
      WHERE links.owner_id = ${id} LIMIT ${clickBatchSize}
    )`
  return Number((await query.execute(connection)).numAffectedRows ?? 0)
}
