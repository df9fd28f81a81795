import { type Selectable, sql } from 'kysely'
import type { SecurityEventRepository } from '../../application/ports/security-event-repository.ts'
import { isSecurityEventKind, type SecurityEvent } from '../../domain/security-event.ts'
import { type Database, run } from './database.ts'
import { type Tables, toInstant } from './tables.ts'

/** Stores security events. Triggers of the tables prevent changes, not this code. */
export function createSecurityEventRepository(database: Database): SecurityEventRepository {
  const { kysely, dialect } = database
  return {
    async add(events) {
      if (events.length === 0) return
      // The query omits existing rows, because a conflict clause of SQLite can also replace them.
      const query = sql`
        INSERT INTO security_events (${columns})
        SELECT ${insertColumns} FROM ${dialect.securityEventsTable(events)}
        JOIN users ON users.id = input.user_id
        WHERE NOT EXISTS (SELECT 1 FROM security_events AS known WHERE known.id = input.id)
        ${dialect.lockForShare('users')} ON CONFLICT DO NOTHING`
      await run(query.execute(kysely))
    },
    async list({ userId, kinds, limit, offset }) {
      const own = kysely
        .selectFrom('security_events')
        .where('user_id', '=', userId)
        .$if(kinds !== null, (query) => query.where('kind', 'in', [...(kinds ?? [])]))
      const newest = own.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).offset(offset)
      const count = own.select((row) => row.fn.countAll<number | string>().as('total'))
      const [rows, countRow] = await Promise.all([
        run(newest.selectAll().execute()),
        run(count.executeTakeFirst()),
      ])
      return { events: rows.flatMap(toEvent), total: Number(countRow?.total ?? 0) }
    },
    async purge(before) {
      const retainedFrom = dialect.timestampSql(before)
      // The triggers allow deletion only before this instant, which never moves back.
      const query = sql`
        UPDATE security_event_retention
        SET retained_from = ${dialect.greatest(sql`retained_from`, retainedFrom)}`
      await run(query.execute(kysely))
      await run(
        kysely.deleteFrom('security_events').where('at', '<', dialect.timestamp(before)).execute(),
      )
    },
  }
}

const columnNames = [
  'id',
  'user_id',
  'at',
  'kind',
  'outcome',
  'session_id',
  'ip_address',
  'user_agent',
  'detail',
] as const

const columns = sql.join(columnNames.map((name) => sql.ref(name)))
const insertColumns = sql.join(columnNames.map((name) => sql.ref(`input.${name}`)))

/** Returns no event for a kind of a newer release. */
export function toEvent(row: Selectable<Tables['security_events']>): readonly SecurityEvent[] {
  if (!isSecurityEventKind(row.kind)) return []
  return [
    {
      id: row.id,
      userId: row.user_id,
      at: toInstant(row.at),
      kind: row.kind,
      outcome: row.outcome === 'failure' ? 'failure' : 'success',
      sessionId: row.session_id,
      ipAddress: row.ip_address,
      userAgent: row.user_agent,
      detail: row.detail,
    },
  ]
}
