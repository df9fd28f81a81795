import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { AccountRepository } from '../../application/ports/account-repository.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import { type Deletion, deleteBatch } from './delete-batch.ts'

/** Deletes accounts. Foreign keys delete what is never much; batches delete the rest. */
export function createAccountRepository(database: Database): AccountRepository {
  const { kysely } = database

  async function findDeleted(): Promise<UserId | null> {
    const query = kysely.selectFrom('deleted_users').select('id').orderBy('id').limit(1)
    return (await run(query.executeTakeFirst()))?.id ?? null
  }

  /** Removes the record of a deleted user, unless another process still has rows of theirs locked. */
  async function finish(id: UserId): Promise<boolean> {
    const query = kysely
      .deleteFrom('deleted_users')
      .where('id', '=', id)
      .where(sql<boolean>`NOT EXISTS (SELECT 1 FROM links WHERE owner_id = ${id})`)
      .where(sql<boolean>`NOT EXISTS (SELECT 1 FROM security_events WHERE user_id = ${id})`)
      .returning('id')
    return (await run(query.execute())).length === 1
  }

  return {
    async remove(id) {
      // Ended sessions can be many, and deleting one has no effect that anyone sees.
      while ((await deleteBatch(database, endedSessions(id))) > 0) await setImmediate()
      const removed = await run(removal(database, id).execute(kysely))
      if (removed.rows.length === 1) return 'removed'
      // This read only selects the result.
      const query = kysely.selectFrom('users').select('id').where('id', '=', id)
      return (await run(query.execute())).length === 0 ? 'not-found' : 'others-remain'
    },
    async removeDataBatch() {
      const id = await findDeleted()
      if (id === null) return false
      for (const deletion of dataOf(database, id)) {
        if ((await deleteBatch(database, deletion)) > 0) return true
      }
      return finish(id)
    },
    async hasOthers(id) {
      const query = kysely.selectFrom('users').select('id').where('id', '<>', id).limit(1)
      return (await run(query.execute())).length > 0
    },
  }
}

function removal({ dialect }: Database, id: UserId) {
  return sql`
    DELETE FROM users WHERE id = ${id} AND ${dialect.lockSessions(id)} AND (
      is_operator = 0 OR NOT EXISTS (SELECT 1 FROM users AS others WHERE others.id <> ${id})
    )
    RETURNING id`
}

function endedSessions(id: UserId): Deletion {
  const keys = sql`SELECT id FROM sessions WHERE user_id = ${id} AND ended_at IS NOT NULL`
  return { table: 'sessions', key: ['id'], keys }
}

/**
 * What remains of a deleted user, in the order of its foreign keys. Links are deleted page by page after their clicks,
 * because a query of clicks would otherwise visit all links that have none left.
 */
function dataOf({ dialect }: Database, id: UserId): readonly Deletion[] {
  const links = sql`SELECT id FROM links WHERE owner_id = ${id} ORDER BY created_at, id`
  const page = sql`${links} LIMIT ${dialect.deletionBatch}`
  const clicks = sql`SELECT id FROM clicks WHERE link_id IN (${page})`
  const days = sql`SELECT link_id, day FROM click_days WHERE link_id IN (${page})`
  const securityEvents = sql`SELECT id FROM security_events WHERE user_id = ${id}`
  return [
    { table: 'clicks', key: ['id'], keys: clicks },
    { table: 'click_days', key: ['link_id', 'day'], keys: days },
    { table: 'links', key: ['id'], keys: links },
    { table: 'security_events', key: ['id'], keys: securityEvents },
  ]
}
