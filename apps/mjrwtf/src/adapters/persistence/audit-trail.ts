import { sql } from 'kysely'
import type { AuditTrail } from '../../application/ports/audit-trail.ts'
import { readEntries } from './chain-entries.ts'
import {
  type ChainStateRow,
  chainStateColumns,
  chainStateTable,
  toChainState,
} from './chain-state.ts'
import { type Database, run } from './database.ts'

export function createAuditTrail(database: Database): AuditTrail {
  const { kysely } = database
  return {
    async state() {
      const query = sql<ChainStateRow>`SELECT ${chainStateColumns} FROM ${chainStateTable}`
      const { rows } = await run(query.execute(kysely))
      return toChainState(rows[0])
    },
    entriesAfter: (position, limit) => readEntries(database, position, limit),
    async unplaced(limit) {
      const query = kysely
        .selectFrom('security_events')
        .select('id')
        .where('chain_position', 'is', null)
      const rows = await run(query.limit(limit).execute())
      return rows.map(({ id }) => id)
    },
    async beforeStart(limit) {
      const start = sql`(SELECT start_position FROM security_event_chain)`
      const query = sql<{ readonly position: number | string; readonly id: string | null }>`
        SELECT chain_position AS position, id FROM security_events
        WHERE chain_position <= ${start}
        UNION ALL SELECT position, NULL FROM security_event_records WHERE position <= ${start}
        LIMIT ${limit}`
      const { rows } = await run(query.execute(kysely))
      return rows.map(({ position, id }) => ({ position: Number(position), id }))
    },
  }
}
