import { type Selectable, sql } from 'kysely'
import type { SecurityEventRepository } from '../../application/ports/security-event-repository.ts'
import {
  type SecurityEvent,
  type SecurityEventKind,
  securityEventKinds,
} from '../../domain/security-event.ts'
import { ask, type Database } from './database.ts'
import { type Tables, toInstant } from './tables.ts'

/** Keeps security events. That nothing is changed is held by triggers of the tables, not by this code. */
export function createSecurityEventRepository(database: Database): SecurityEventRepository {
  const { kysely, dialect } = database
  return {
    async add(events) {
      if (events.length === 0) return
      // Left out by the query what is there already: a conflict clause of SQLite can also replace.
      const query = sql`
        INSERT INTO security_events (${columns})
        SELECT ${given} FROM ${dialect.securityEventsTable(events)}
        JOIN users ON users.id = given.user_id
        WHERE NOT EXISTS (SELECT 1 FROM security_events AS known WHERE known.id = given.id)
        ${dialect.keep('users')} ON CONFLICT DO NOTHING`
      await ask(query.execute(kysely))
    },
    async list({ userId, kinds, limit, offset }) {
      const own = kysely
        .selectFrom('security_events')
        .where('user_id', '=', userId)
        .$if(kinds !== null, (query) => query.where('kind', 'in', [...(kinds ?? [])]))
      const newest = own.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).offset(offset)
      const count = own.select((row) => row.fn.countAll<number | string>().as('total'))
      const [rows, counted] = await Promise.all([
        ask(newest.selectAll().execute()),
        ask(count.executeTakeFirst()),
      ])
      return { events: rows.flatMap(toEvent), total: Number(counted?.total ?? 0) }
    },
    async purge(before) {
      const kept = dialect.at(before)
      // Only what this row gives free can be removed, and it never goes back.
      const query = sql`
        UPDATE security_event_retention
        SET kept_from = ${dialect.greatest(sql`kept_from`, kept)}`
      await ask(query.execute(kysely))
      await ask(
        kysely.deleteFrom('security_events').where('at', '<', dialect.stamp(before)).execute(),
      )
    },
  }
}

const names = [
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

const columns = sql.join(names.map((name) => sql.ref(name)))
const given = sql.join(names.map((name) => sql.ref(`given.${name}`)))

/** An event of a kind that only a newer release knows is left out. */
export function toEvent(row: Selectable<Tables['security_events']>): readonly SecurityEvent[] {
  if (!isKind(row.kind)) return []
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

function isKind(text: string): text is SecurityEventKind {
  return securityEventKinds.some((kind) => kind === text)
}
