import { type Kysely, sql } from 'kysely'
import type { AccountRepository } from '../../application/ports/account-repository.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import type { Tables } from './tables.ts'

type Connection = Kysely<Tables>

/** How many clicks one statement removes: each has to be done within the time that a statement has. */
const clickBatchSize = 20_000

/** Removes accounts. Foreign keys take along what is theirs, so no table can be forgotten here. */
export function createAccountRepository({ kysely, dialect }: Database): AccountRepository {
  return {
    async remove(id) {
      const removed = await run(
        dialect.hasLongTransactions
          ? kysely.transaction().execute((connection) => removeInSteps(connection, id))
          : removeInOneStatement(kysely, id),
      )
      if (removed) return 'removed'
      // Nothing hangs on this look: it only finds the words.
      const query = kysely.selectFrom('users').select('id').where('id', '=', id)
      return (await run(query.execute())).length === 0 ? 'not-found' : 'others-remain'
    },
    async hasOthers(id) {
      const query = kysely.selectFrom('users').select('id').where('id', '<>', id).limit(1)
      return (await run(query.execute())).length > 0
    },
  }
}

/** Where one writes at a time, the statement decides and does all. */
async function removeInOneStatement(connection: Connection, id: UserId): Promise<boolean> {
  const { rows } = await sql`DELETE FROM users WHERE ${canRemove(id)} RETURNING id`.execute(
    connection,
  )
  return rows.length === 1
}

/** Where many write at once: everything is held first, and looked at only then. */
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
 * In the order in which others hold them too, or we would wait for each other: sessions and links by their
 * ids, then the user, at whom whoever adds a session or a link waits.
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
