import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { DraftRepository } from '../../application/ports/draft-repository.ts'
import type { Draft, DraftFields, DraftLimits } from '../../domain/draft.ts'
import { type Database, run, runUnlessForeignKeyViolation } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import type { Tables } from './tables.ts'

export function createDraftRepository(database: Database): DraftRepository {
  const { kysely, dialect } = database
  return {
    async add(draft, limits) {
      const row = toRow(database, draft)
      const added = await runUnlessForeignKeyViolation(
        kysely.insertInto('drafts').values(row).execute(),
      )
      if (added === null) return false
      // A separate statement after the insert: the last of concurrent calls sees all inserted rows.
      await run(evictOldest(draft, limits).execute(kysely))
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
  const { id, userId, sessionId, path, fields, createdAt } = draft
  const created_at = dialect.timestamp(createdAt)
  const columns = { id, user_id: userId, session_id: sessionId, path }
  return { ...columns, fields: JSON.stringify(fields), created_at }
}

function evictOldest(
  { id, userId, sessionId }: Draft,
  { perSession, perUser }: DraftLimits,
): RawBuilder<unknown> {
  const others = sql`user_id = ${userId} AND id <> ${id}`
  const ofSession = sql`${others} AND session_id = ${sessionId}`
  return sql`
    DELETE FROM drafts
    WHERE (${ofSession} AND id NOT IN ${newest(ofSession, perSession - 1)})
      OR (${others} AND id NOT IN ${newest(others, perUser - 1)})`
}

function newest(condition: RawBuilder<unknown>, count: number): RawBuilder<unknown> {
  return sql`(SELECT id FROM drafts WHERE ${condition} ORDER BY created_at DESC, id LIMIT ${count})`
}

/** Ignores values that are not strings, in case of direct SQL changes. */
function toFields(json: string): DraftFields {
  const fields: unknown = JSON.parse(json)
  if (typeof fields !== 'object' || fields === null) return {}
  const entries = Object.entries(fields).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(entries)
}
