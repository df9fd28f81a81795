import { sql } from 'kysely'
import type { SecurityEventRepository } from '../../application/ports/security-event-repository.ts'
import type { ChainWriter } from '../../domain/chain-writer.ts'
import type { ChainEntry } from '../../domain/security-chain.ts'
import { day, type Instant } from '../../domain/time.ts'
import { type ChainEntryRow, entriesAfter, toChainEntry } from './chain-entries.ts'
import type { ChangeChain } from './chain-transaction.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import type { EraseSecurityEvents } from './erase-security-events.ts'

export interface PurgeTools {
  readonly changeChain: ChangeChain
  readonly eraseSecurityEvents: EraseSecurityEvents
}

/** How much older an event is than one before it in the chain, before its content alone is removed. */
const maxDisorder = day

export function createPurgeSecurityEvents(
  database: Database,
  { changeChain, eraseSecurityEvents }: PurgeTools,
): SecurityEventRepository['purgeBatch'] {
  const { kysely, dialect } = database

  async function retainFrom(before: Instant): Promise<void> {
    const retainedFrom = dialect.timestampSql(before)
    // The triggers allow deletion only before this instant, which never moves back.
    const query = sql`
      UPDATE security_event_retention SET retained_from = ${retainedFrom}
      WHERE retained_from < ${retainedFrom}`
    await run(query.execute(kysely))
  }

  /** The first entries of the chain, as far as they are older. */
  function removeFirst(before: Instant) {
    const start = sql`(SELECT start_position FROM security_event_chain)`
    const rows = entriesAfter(dialect, start, dialect.deletionBatch)
    function plan(found: readonly ChainEntryRow[], { state }: ChainWriter) {
      const entries = found.filter((row) => row.entry_position !== null).map(toChainEntry)
      const kept = entries.findIndex((entry) => !isOlder(entry, before))
      const removed = kept === -1 ? entries : entries.slice(0, kept)
      const last = removed.at(-1)
      if (last === undefined) return null
      const range = sql`> ${state.start.position} AND`
      return {
        start: { position: last.position, hash: last.hash },
        statements: [
          sql`DELETE FROM security_events
            WHERE chain_position ${range} chain_position <= ${last.position}`,
          sql`DELETE FROM security_event_records
            WHERE position ${range} position <= ${last.position}`,
        ],
      }
    }
    return { rows, plan }
  }

  return async function purgeSecurityEvents(before, context) {
    await retainFrom(before)
    const { changed } = await changeChain(removeFirst(before), context)
    if (changed) return true
    const isDisordered = sql`at < ${dialect.timestampSql(before - maxDisorder)}`
    if (await eraseSecurityEvents({ reason: 'retention', condition: isDisordered }, context))
      return true
    const rows = sql`
      SELECT id FROM security_events
      WHERE chain_position IS NULL AND at < ${dialect.timestampSql(before)}`
    return purgeBatch(database, { table: 'security_events', keyColumns: ['id'], rows })
  }
}

function isOlder(entry: ChainEntry, before: Instant): boolean {
  if (entry.type === 'erased') return true
  return (entry.type === 'event' ? entry.event.at : instantOf(entry.content)) < before
}

/** Of a record that this program wrote. Any other is kept, so that verification reports it. */
function instantOf(content: string): Instant {
  try {
    const { at }: { readonly at?: unknown } = JSON.parse(content)
    return typeof at === 'number' ? at : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
