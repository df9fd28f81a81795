import { type Selectable, sql } from 'kysely'
import type {
  ListSecurityEventsRequest,
  SecurityEventRepository,
} from '../../application/ports/security-event-repository.ts'
import {
  isSecurityEventKind,
  type SecurityEvent,
  type SecurityEventKind,
} from '../../domain/security-event.ts'
import { createAdoptSecurityEvents } from './adopt-security-events.ts'
import { createAppendSecurityEvents } from './append-security-events.ts'
import { type Database, run } from './database.ts'
import { behind, newestFirst, sortOrder } from './entry-list.ts'
import { createPurgeSecurityEvents, type PurgeTools } from './purge-security-events.ts'
import { type Tables, toInstant } from './tables.ts'

/** Stores security events. Triggers of the tables prevent changes, not this code. */
export function createSecurityEventRepository(
  database: Database,
  { changeChain, eraseSecurityEvents }: PurgeTools,
): SecurityEventRepository {
  const { kysely } = database
  return {
    add: createAppendSecurityEvents(database, changeChain),
    adoptBatch: createAdoptSecurityEvents(database, changeChain),
    purgeBatch: createPurgeSecurityEvents(database, { changeChain, eraseSecurityEvents }),
    async list({ userId, kinds, limit, start }) {
      const sources = (kinds ?? [null]).map((kind) =>
        nearestTo(database, { userId, kind, start, limit: limit + 1 }),
      )
      const page = sql<{ id: string }>`(${sql.join(sources, sql` UNION ALL `)})`
      const query = kysely
        .selectFrom(page.as('page'))
        .innerJoin('security_events', 'security_events.id', 'page.id')
        .selectAll('security_events')
        .orderBy('security_events.at', sortOrder(start))
        .orderBy('security_events.id', sortOrder(start))
        .limit(limit + 1)
      const rows = await run(query.execute())
      return {
        events: newestFirst(start, rows.slice(0, limit)).flatMap(toEvent),
        hasMore: rows.length > limit,
      }
    },
  }
}

interface EventSource extends Omit<ListSecurityEventsRequest, 'kinds'> {
  /** `null` for all kinds. */
  readonly kind: SecurityEventKind | null
}

/** The ids of the events nearest to the start, of one kind or of all: an index has them in this order. */
function nearestTo({ dialect }: Database, { userId, kind, start, limit }: EventSource) {
  const conditions = [
    sql`user_id = ${userId}`,
    ...(kind === null ? [] : [sql`kind = ${kind}`]),
    ...behind(dialect, start, 'at'),
  ]
  const order = sql.raw(sortOrder(start))
  return sql`SELECT id FROM (
    SELECT id FROM security_events WHERE ${sql.join(conditions, sql` AND `)}
    ORDER BY at ${order}, id ${order} LIMIT ${limit}
  ) AS source`
}

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
