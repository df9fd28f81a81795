import { type Selectable, sql } from 'kysely'
import type { DraftRepository } from '../../application/ports/draft-repository.ts'
import type { Draft, DraftFields, DraftLimits } from '../../domain/draft.ts'
import { type Database, run, runUnlessForeignKeyViolation } from './database.ts'
import { deleteOlder, purgeBatch } from './delete-batch.ts'
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
      await evictOldest(database, draft, limits)
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
      const rows = sql`SELECT id FROM drafts WHERE created_at <= ${dialect.timestampSql(until)}`
      return purgeBatch(database, { table: 'drafts', keyColumns: ['id'], rows })
    },
  }
}

function toRow({ dialect }: Database, draft: Draft): Selectable<Tables['drafts']> {
  const { id, userId, sessionId, path, fields, createdAt } = draft
  const created_at = dialect.timestamp(createdAt)
  const columns = { id, user_id: userId, session_id: sessionId, path }
  return { ...columns, fields: JSON.stringify(fields), created_at }
}

/** Deletes the oldest drafts beyond the limits, but never the new one. */
async function evictOldest(database: Database, draft: Draft, limits: DraftLimits): Promise<void> {
  const others = sql`user_id = ${draft.userId} AND id <> ${draft.id}`
  const ofSession = sql`${others} AND session_id = ${draft.sessionId}`
  const drafts = { table: 'drafts', keyColumn: 'id' } as const
  await deleteOlder(database, { ...drafts, condition: ofSession, keep: limits.perSession - 1 })
  await deleteOlder(database, { ...drafts, condition: others, keep: limits.perUser - 1 })
}

/** Ignores values that are not strings, in case of direct SQL changes. */
function toFields(json: string): DraftFields {
  const fields: unknown = JSON.parse(json)
  if (typeof fields !== 'object' || fields === null) return {}
  const entries = Object.entries(fields).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(entries)
}
