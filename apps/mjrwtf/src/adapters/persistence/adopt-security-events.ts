import { sql } from 'kysely'
import type { SecurityEventRepository } from '../../application/ports/security-event-repository.ts'
import type { ChainWriter } from '../../domain/chain-writer.ts'
import { type AdoptionContent, eventText } from '../../domain/security-chain.ts'
import { type ChainEntryRow, storedEventColumns, toStoredEvent } from './chain-entries.ts'
import type { ChangeChain } from './chain-transaction.ts'
import type { Database, EventPlace } from './database.ts'

/** Events per transaction. Other processes that add events wait for it. */
const batchSize = 500

export function createAdoptSecurityEvents(
  { dialect }: Database,
  changeChain: ChangeChain,
): SecurityEventRepository['adoptBatch'] {
  return async function adoptSecurityEvents(context) {
    const { keys, now } = context
    const rows = sql<ChainEntryRow>`
      SELECT ${storedEventColumns} FROM security_events WHERE chain_position IS NULL
      LIMIT ${batchSize} ${dialect.lockForDeletion()}`
    let count = 0

    function plan(found: readonly ChainEntryRow[], writer: ChainWriter) {
      const isAccepted = now < writer.state.adoptsUntil
      const events = found.filter((row) => isAccepted && row.id !== null).map(toStoredEvent)
      count = events.length
      const isCurrent = writer.condition === 'continued' && writer.isNewestKey
      if (count === 0) return isCurrent ? null : { statements: [] }
      const placed = events
        .toSorted((one, other) => one.at - other.at)
        .map((event) => ({ id: event.id, ...writer.add(keys.sha256(eventText(event))) }))
      const [first, last] = [placed[0]?.position ?? 0, placed.at(-1)?.position ?? 0]
      const content: AdoptionContent = { at: now, positions: [[first, last]] }
      writer.addRecord('adoption', content)
      return { statements: [update(dialect, placed)] }
    }

    const outcome = await changeChain({ rows, plan }, context)
    return { ...outcome, count }
  }
}

function update(dialect: Database['dialect'], placed: readonly EventPlace[]) {
  return sql`
    UPDATE security_events SET chain_position = input.position, chain_hash = input.hash
    FROM ${dialect.placesTable(placed)} WHERE security_events.id = input.id`
}
