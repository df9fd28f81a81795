import { type Kysely, sql } from 'kysely'
import type { AccountRepository } from '../../application/ports/account-repository.ts'
import type { UserId } from '../../domain/user.ts'
import { ask, type Database } from './database.ts'
import type { Tables } from './tables.ts'

type On = Kysely<Tables>

/** How many clicks one statement removes: each has to be done within the time that a statement has. */
const clicksAtOnce = 20_000

/** Removes accounts. Foreign keys take along what is theirs, so no table can be forgotten here. */
export function createAccountRepository({ kysely, dialect }: Database): AccountRepository {
  return {
    async remove(id) {
      const removed = await ask(
        dialect.hasLongTransactions
          ? kysely.transaction().execute((on) => removeStepwise(on, id))
          : removeAtOnce(kysely, id),
      )
      if (removed) return 'removed'
      // Nothing hangs on this look: it only finds the words.
      const query = kysely.selectFrom('users').select('id').where('id', '=', id)
      return (await ask(query.execute())).length === 0 ? 'gone' : 'others-remain'
    },
    async hasOthers(id) {
      const query = kysely.selectFrom('users').select('id').where('id', '<>', id).limit(1)
      return (await ask(query.execute())).length > 0
    },
  }
}

/** Where one writes at a time, the statement decides and does all. */
async function removeAtOnce(on: On, id: UserId): Promise<boolean> {
  const { rows } = await sql`DELETE FROM users WHERE ${mayGo(id)} RETURNING id`.execute(on)
  return rows.length === 1
}

/** Where many write at once: everything is held first, and looked at only then. */
async function removeStepwise(on: On, id: UserId): Promise<boolean> {
  await holdAll(on, id)
  const { rows } = await sql`SELECT id FROM users WHERE ${mayGo(id)}`.execute(on)
  if (rows.length === 0) return false
  while ((await removeSomeClicks(on, id)) === clicksAtOnce);
  await on.deleteFrom('users').where('id', '=', id).execute()
  return true
}

function mayGo(id: UserId) {
  return sql`id = ${id} AND (is_operator = 0 OR NOT EXISTS (
    SELECT 1 FROM users AS others WHERE others.id <> ${id}
  ))`
}

/**
 * In the order in which others hold them too, or we would wait for each other: sessions and links by their
 * ids, then the user, at whom whoever adds a session or a link waits.
 */
async function holdAll(on: On, id: UserId): Promise<void> {
  await sql`SELECT 1 FROM sessions WHERE user_id = ${id} ORDER BY id FOR UPDATE`.execute(on)
  await sql`SELECT 1 FROM links WHERE owner_id = ${id} ORDER BY id FOR UPDATE`.execute(on)
  await sql`SELECT 1 FROM users WHERE id = ${id} FOR UPDATE`.execute(on)
}

async function removeSomeClicks(on: On, id: UserId): Promise<number> {
  const query = sql`
    DELETE FROM clicks WHERE id IN (
      SELECT clicks.id FROM clicks JOIN links ON links.id = clicks.link_id
      WHERE links.owner_id = ${id} LIMIT ${clicksAtOnce}
    )`
  return Number((await query.execute(on)).numAffectedRows ?? 0)
}
