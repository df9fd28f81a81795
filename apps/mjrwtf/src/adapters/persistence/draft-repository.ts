import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { DraftRepository } from '../../application/ports/draft-repository.ts'
import type { Draft, DraftFields } from '../../domain/draft.ts'
import { type Database, run, runUnlessForeignKeyViolation } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import type { Tables } from './tables.ts'

export function createDraftRepository(database: Database): DraftRepository {
  const { kysely, dialect } = database
  return {
    async add(draft, maxDrafts) {
      const row = toRow(database, draft)
      const added = await runUnlessForeignKeyViolation(
        kysely.insertInto('drafts').values(row).execute(),
      )
      if (added === null) return false
      // A separate statement after the insert: the last of concurrent calls sees all inserted rows.
      await run(evictOldest(draft, maxDrafts).execute(kysely))
      return true
    },
    async find({ id, userId, path, since }) {
      const query = kysely
        .selectFrom('drafts')
        .select('fields')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('path', '=', path)
        .where('created_at', '>', dialect.timestamp(since))
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toFields(row.fields)
    },
    async remove(id, userId) {
      const query = kysely.deleteFrom('drafts').where('id', '=', id).where('user_id', '=', userId)
      await run(query.execute())
    },
    purgeBatch(until) {
      const keys = sql`SELECT id FROM drafts WHERE created_at <= ${dialect.timestampSql(until)}`
      return purgeBatch(database, { table: 'drafts', key: ['id'], keys })
    },
  }
}

function toRow({ dialect }: Database, draft: Draft): Selectable<Tables['drafts']> {
  const { id, userId, path, fields, createdAt } = draft
  const created_at = dialect.timestamp(createdAt)
  return { id, user_id: userId, path, fields: JSON.stringify(fields), created_at }
}

function evictOldest({ id, userId }: Draft, maxDrafts: number): RawBuilder<unknown> {
  return sql`
    DELETE FROM drafts WHERE user_id = ${userId} AND id <> ${id} AND id NOT IN (
      SELECT id FROM drafts WHERE user_id = ${userId} AND id <> ${id}
      ORDER BY created_at DESC, id LIMIT ${maxDrafts - 1})`
}

/** Ignores values that are not strings, in case of direct SQL changes. */
function toFields(json: string): DraftFields {
  const fields: unknown = JSON.parse(json)
  if (typeof fields !== 'object' || fields === null) return {}
  const entries = Object.entries(fields).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(entries)
}
