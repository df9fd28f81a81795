import { type RawBuilder, sql } from 'kysely'
import type { DraftRepository } from '../../application/ports/draft-repository.ts'
import type { Draft, TypedFields } from '../../domain/draft.ts'
import { ask, type Database } from './database.ts'

/** Keeps drafts. */
export function createDraftRepository(database: Database): DraftRepository {
  const { kysely, dialect } = database
  return {
    async add(draft, most) {
      const added = await ask(insert(database, draft).execute(kysely))
      if (added.rows.length === 0) return false
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

function insert({ dialect }: Database, draft: Draft): RawBuilder<unknown> {
  const { id, userId, path, fields, createdAt } = draft
  return sql`
    INSERT INTO drafts (id, user_id, path, fields, created_at)
    SELECT ${id}, id, ${path}, ${JSON.stringify(fields)}, ${dialect.at(createdAt)}
    FROM users WHERE id = ${userId}
    RETURNING id`
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
