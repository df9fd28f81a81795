import { sql } from 'kysely'
import type { AuditTrail } from '../../application/ports/audit-trail.ts'
import { type ChainEntryRow, entriesAfter, toChainEntry } from './chain-entries.ts'
import {
  type ChainStateRow,
  chainStateColumns,
  chainStateTable,
  toChainState,
} from './chain-state.ts'
import { type Database, run } from './database.ts'

export function createAuditTrail({ kysely, dialect }: Database): AuditTrail {
  return {
    async state() {
      const query = sql<ChainStateRow>`SELECT ${chainStateColumns} FROM ${chainStateTable}`
      const { rows } = await run(query.execute(kysely))
      return toChainState(rows[0])
    },
    async entriesAfter(position, limit) {
      const { rows } = await run(entriesAfter(dialect, position, limit).execute(kysely))
      return rows.map((row: ChainEntryRow) => toChainEntry(row))
    },
    async unplaced(limit) {
      const query = kysely
        .selectFrom('security_events')
        .select('id')
        .where('chain_position', 'is', null)
      const rows = await run(query.limit(limit).execute())
      return rows.map(({ id }) => id)
    },
  }
}
