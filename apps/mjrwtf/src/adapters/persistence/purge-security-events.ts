import { sql } from 'kysely'
import type { ChainContext } from '../../application/ports/chain-keys.ts'
import type { SecurityEventRepository } from '../../application/ports/security-event-repository.ts'
import type { ChainWriter } from '../../domain/chain-writer.ts'
import {
  type ChainEntry,
  type ChainPlace,
  follows,
  type PurgeBreakContent,
  type Sha256,
  type SignedChainState,
  toRanges,
} from '../../domain/security-chain.ts'
import { day, type Instant } from '../../domain/time.ts'
import { createAuditTrail } from './audit-trail.ts'
import { readEntries } from './chain-entries.ts'
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
  const auditTrail = createAuditTrail(database)

  async function retainFrom(before: Instant): Promise<void> {
    const retainedFrom = dialect.timestampSql(before)
    // The triggers allow deletion only before this instant, which never moves back.
    const query = sql`
      UPDATE security_event_retention SET retained_from = ${retainedFrom}
      WHERE retained_from < ${retainedFrom}`
    await run(query.execute(kysely))
  }

  async function* readChain({ start, head }: SignedChainState): AsyncGenerator<ChainEntry> {
    let { position } = start
    while (position < head.position) {
      const entries = await readEntries(database, position, dialect.deletionBatch)
      yield* entries.filter((entry) => entry.position <= head.position)
      position = entries.at(-1)?.position ?? head.position
    }
  }

  /**
   * The first entries of the chain, up to the last that is older. An erased entry has no time: it is removed with an older
   * one behind it, so that a row that was made to look erased is not removed before verification can find it.
   */
  async function findOldest(state: SignedChainState, { before, sha256 }: PurgeLimit) {
    const end = state.start.position + dialect.deletionBatch
    const changed: number[] = []
    let last: ChainPlace = state.start
    let oldest: ChainPlace = state.start
    for await (const entry of readChain(state)) {
      const at = instantOf(entry) ?? Number.NEGATIVE_INFINITY
      const isEnough = oldest.position >= end && entry.position > oldest.position
      if (at >= before || isEnough) break
      if (!follows(sha256, last, entry)) changed.push(entry.position)
      last = entry
      if (at > Number.NEGATIVE_INFINITY) oldest = entry
    }
    return { oldest, changed }
  }

  async function removeOldest(before: Instant, context: ChainContext): Promise<boolean> {
    const { keys, now } = context
    const state = await auditTrail.state()
    const { oldest, changed } = await findOldest(state, { before, sha256: keys.sha256 })
    if (oldest.position === state.start.position) return false
    const removed = changed.filter((position) => position <= oldest.position)

    function plan(_: readonly unknown[], writer: ChainWriter) {
      const { start } = writer.state
      // Another process has removed them meanwhile.
      if (start.position !== state.start.position || start.hash !== state.start.hash) return null
      if (removed.length > 0) {
        const positions = toRanges(removed)
        const content: PurgeBreakContent = { at: now, reason: 'purged-changed', positions }
        writer.addRecord('break', content)
      }
      const range = sql`> ${start.position} AND`
      return {
        start: { position: oldest.position, hash: oldest.hash },
        statements: [
          sql`DELETE FROM security_events
            WHERE chain_position ${range} chain_position <= ${oldest.position}`,
          sql`DELETE FROM security_event_records
            WHERE position ${range} position <= ${oldest.position}`,
        ],
      }
    }

    return (await changeChain({ rows: sql`SELECT 1 AS item`, plan }, context)).changed
  }

  return async function purgeSecurityEvents(before, context) {
    await retainFrom(before)
    if (await removeOldest(before, context)) return true
    const isDisordered = sql`at < ${dialect.timestampSql(before - maxDisorder)}`
    if (await eraseSecurityEvents({ reason: 'retention', condition: isDisordered }, context))
      return true
    const rows = sql`
      SELECT id FROM security_events
      WHERE chain_position IS NULL AND at < ${dialect.timestampSql(before)}`
    return purgeBatch(database, { table: 'security_events', keyColumns: ['id'], rows })
  }
}

interface PurgeLimit {
  readonly before: Instant
  readonly sha256: Sha256
}

/** `null` for an erased entry. A record that this program did not write has no end, so that verification reports it. */
function instantOf(entry: ChainEntry): Instant | null {
  if (entry.type === 'erased') return null
  if (entry.type === 'event') return entry.event.at
  try {
    const { at }: { readonly at?: unknown } = JSON.parse(entry.content)
    return typeof at === 'number' ? at : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
