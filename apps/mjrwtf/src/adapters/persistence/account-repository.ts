import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { AccountRepository } from '../../application/ports/account-repository.ts'
import type { ChainContext } from '../../application/ports/chain-keys.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import { type Deletion, deleteBatch } from './delete-batch.ts'
import type { EraseSecurityEvents } from './erase-security-events.ts'

/** Deletes accounts. Foreign keys delete what is never much; batches delete the rest. */
export function createAccountRepository(
  database: Database,
  eraseSecurityEvents: EraseSecurityEvents,
): AccountRepository {
  const { kysely } = database

  async function nextDeleted(after: UserId): Promise<UserId | null> {
    const query = kysely.selectFrom('deleted_users').select('id').where('id', '>', after)
    return (await run(query.orderBy('id').limit(1).executeTakeFirst()))?.id ?? null
  }

  /** Returns whether something was deleted: not if another process has all that remains locked. */
  async function removeBatchOf(id: UserId, chain: ChainContext): Promise<boolean> {
    const reason = 'account-deleted'
    if (await eraseSecurityEvents({ reason, condition: sql`user_id = ${id}` }, chain)) return true
    for (const deletion of dataOf(database, id)) {
      if ((await deleteBatch(database, deletion)) > 0) return true
    }
    return finish(id)
  }

  async function isBlocked(id: UserId): Promise<boolean> {
    const query = sql`
      SELECT id FROM users WHERE id = ${id} AND is_operator = 1
        AND EXISTS (SELECT 1 FROM users AS others WHERE others.id <> ${id})`
    return (await run(query.execute(kysely))).rows.length > 0
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
      // Before any deletion. The last statement decides, in case of a sign-up in between.
      if (await isBlocked(id)) return 'others-remain'
      for (const deletion of detailsOf(id)) {
        while ((await deleteBatch(database, deletion)) > 0) await setImmediate()
      }
      const removed = await run(removal(database, id).execute(kysely))
      if (removed.rows.length === 1) return 'removed'
      return (await isBlocked(id)) ? 'others-remain' : 'not-found'
    },
    async removeDataBatch(chain) {
      for (let id = await nextDeleted(''); id !== null; id = await nextDeleted(id)) {
        if (await removeBatchOf(id, chain)) return true
      }
      return false
    },
    async hasOthers(id) {
      const query = kysely.selectFrom('users').select('id').where('id', '<>', id).limit(1)
      return (await run(query.execute())).length > 0
    },
  }
}

function removal({ dialect }: Database, id: UserId) {
  return sql`
    DELETE FROM users WHERE id = ${id} AND ${dialect.lockOwned(id)} AND (
      is_operator = 0 OR NOT EXISTS (SELECT 1 FROM users AS others WHERE others.id <> ${id})
    )
    RETURNING id`
}

/** What can be many, and is not missed if the account remains. */
function detailsOf(id: UserId): readonly Deletion[] {
  const endedSessions = sql`SELECT id FROM sessions WHERE user_id = ${id} AND ended_at IS NOT NULL`
  const notifications = sql`SELECT user_id, subject FROM sent_notifications WHERE user_id = ${id}`
  const invites = sql`SELECT id FROM invites WHERE created_by = ${id}`
  return [
    { table: 'sessions', keyColumns: ['id'], rows: endedSessions },
    {
      table: 'sent_notifications',
      keyColumns: ['user_id', 'subject'],
      rows: notifications,
    },
    { table: 'invites', keyColumns: ['id'], rows: invites },
  ]
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
  const visitors = sql`SELECT link_id, day FROM visitor_days WHERE link_id IN (${page})`
  const securityEvents = sql`SELECT id FROM security_events WHERE user_id = ${id}`
  return [
    { table: 'clicks', keyColumns: ['id'], rows: clicks },
    { table: 'click_days', keyColumns: ['link_id', 'day'], rows: days },
    { table: 'visitor_days', keyColumns: ['link_id', 'day'], rows: visitors },
    { table: 'links', keyColumns: ['id'], rows: links },
    { table: 'security_events', keyColumns: ['id'], rows: securityEvents },
  ]
}
