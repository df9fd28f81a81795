import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { DraftRepository } from '../../application/ports/draft-repository.ts'
import type { Draft, TypedFields } from '../../domain/draft.ts'
import { ask, askUnlessOrphaned, type Database } from './database.ts'
import type { Tables } from './tables.ts'

/** Keeps drafts. */
export function createDraftRepository(database: Database): DraftRepository {
  const { kysely, dialect } = database
  return {
    async add(draft, most) {
      const row = toRow(database, draft)
      const added = await askUnlessOrphaned(kysely.insertInto('drafts').values(row).execute())
      if (added === null) return false
      // After the other, on its own: of any number of calls at once the last to come here sees what all have added.
      await ask(removeBeyond(draft, most).execute(kysely))
      return true
    },
    async find({ id, userId, path, since }) {
      const query = kysely
        .selectFrom('drafts')
        .select('fields')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('path', '=', path)
        .where('created_at', '>', dialect.stamp(since))
      const row = await ask(query.executeTakeFirst())
      return row === undefined ? null : toFields(row.fields)
    },
    async remove(id, userId) {
      const query = kysely.deleteFrom('drafts').where('id', '=', id).where('user_id', '=', userId)
      await ask(query.execute())
    },
    async purge(until) {
      const query = kysely.deleteFrom('drafts').where('created_at', '<=', dialect.stamp(until))
      await ask(query.execute())
    },
  }
}

function toRow({ dialect }: Database, draft: Draft): Selectable<Tables['drafts']> {
  const { id, userId, path, fields, createdAt } = draft
  const created_at = dialect.stamp(createdAt)
  return { id, user_id: userId, path, fields: JSON.stringify(fields), created_at }
}

function removeBeyond({ id, userId }: Draft, most: number): RawBuilder<unknown> {
  return sql`
    DELETE FROM drafts WHERE user_id = ${userId} AND id <> ${id} AND id NOT IN (
      SELECT id FROM drafts WHERE user_id = ${userId} AND id <> ${id}
      ORDER BY created_at DESC, id LIMIT ${most - 1})`
}

/** Text only, whatever a hand has put there. */
function toFields(json: string): TypedFields {
  const fields: unknown = JSON.parse(json)
  if (typeof fields !== 'object' || fields === null) return {}
  const entries = Object.entries(fields).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(entries)
}
