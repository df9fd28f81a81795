import { type RawBuilder, sql } from 'kysely'
import type { ChainContext } from '../../application/ports/chain-keys.ts'
import type { ChainWriter } from '../../domain/chain-writer.ts'
import {
  type ErasureContent,
  type ErasureReason,
  eventText,
  toRanges,
} from '../../domain/security-chain.ts'
import { type ChainEntryRow, storedEventColumns, toStoredEvent } from './chain-entries.ts'
import type { ChangeChain } from './chain-transaction.ts'
import type { Database } from './database.ts'

export interface Erasure {
  readonly reason: ErasureReason
  /** A condition of `security_events`. An index finds the rows. */
  readonly condition: RawBuilder<unknown>
}

/**
 * Removes the content of a batch of events that are part of the chain. Each keeps its place and hash, and a record says
 * why. Returns whether there was any; events that another process has locked are left to it.
 */
export type EraseSecurityEvents = (erasure: Erasure, context: ChainContext) => Promise<boolean>

type ErasedRow = ChainEntryRow & { readonly entry_position: number | string | null }

export function createEraseSecurityEvents(
  { dialect }: Database,
  changeChain: ChangeChain,
): EraseSecurityEvents {
  return async function eraseSecurityEvents({ reason, condition }, context) {
    const { keys, now } = context
    const rows = sql<ErasedRow>`
      SELECT chain_position AS entry_position, chain_hash AS entry_hash, ${storedEventColumns}
      FROM security_events WHERE ${condition} AND chain_position IS NOT NULL
      LIMIT ${dialect.deletionBatch} ${dialect.lockForDeletion()}`

    function plan(found: readonly ErasedRow[], writer: ChainWriter) {
      const erased = found.filter((row) => row.entry_position !== null)
      if (erased.length === 0) return null
      const places = erased
        .map((row) => ({
          position: Number(row.entry_position),
          hash: row.entry_hash,
          entryHash: keys.sha256(eventText(toStoredEvent(row))),
        }))
        .toSorted((one, other) => one.position - other.position)
      const content: ErasureContent = {
        ...{ at: now, reason },
        positions: toRanges(places.map(({ position }) => position)),
        entryHashes: places.map(({ entryHash }) => entryHash),
      }
      writer.addRecord('erasure', content)
      const remains = places.map(
        ({ position, hash, entryHash }) => sql`(${position}, 'erased', ${entryHash}, ${hash})`,
      )
      const ids = sql.join(erased.map((row) => sql`${row.id}`))
      return {
        statements: [
          sql`INSERT INTO security_event_records (position, kind, content, hash)
            VALUES ${sql.join(remains)}`,
          sql`DELETE FROM security_events WHERE id IN (${ids})`,
        ],
      }
    }

    return (await changeChain({ rows, plan }, context)).changed
  }
}
