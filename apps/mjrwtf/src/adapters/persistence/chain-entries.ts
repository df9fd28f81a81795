import { type RawBuilder, sql } from 'kysely'
import type {
  ChainEntry,
  ChainRecordKind,
  StoredSecurityEvent,
} from '../../domain/security-chain.ts'
import type { Dialect } from './database.ts'
import { type Timestamp, toInstant } from './tables.ts'

/** A row of either table, as `entriesAfter` selects it. The columns of the other one are null. */
export interface ChainEntryRow {
  readonly entry_position: number | string
  readonly entry_hash: string
  readonly record_kind: string | null
  readonly content: string | null
  readonly id: string | null
  readonly user_id: string | null
  readonly at: Timestamp | null
  readonly kind: string | null
  readonly outcome: string | null
  readonly session_id: string | null
  readonly ip_address: string | null
  readonly user_agent: string | null
  readonly detail: string | null
}

const eventColumns = sql`
  id, user_id, at, kind, outcome, session_id, ip_address, user_agent, detail`

/** The columns of events as `toStoredEvent` reads them. */
export const storedEventColumns: RawBuilder<unknown> = eventColumns

/** A query of the entries after a position, in order. One statement, so that an erasure meanwhile shows before or after. */
export function entriesAfter(
  dialect: Dialect,
  position: number | RawBuilder<unknown>,
  limit: number,
): RawBuilder<ChainEntryRow> {
  // With its type, which PostgreSQL needs to unite the tables.
  const noInstant = sql`CASE WHEN false THEN ${dialect.timestampSql(0)} END`
  return sql<ChainEntryRow>`
    SELECT * FROM (
      SELECT chain_position AS entry_position, coalesce(chain_hash, '') AS entry_hash,
        CAST(NULL AS TEXT) AS record_kind, CAST(NULL AS TEXT) AS content, ${eventColumns}
      FROM security_events WHERE chain_position > ${position}
      ORDER BY chain_position LIMIT ${limit}
    ) AS events
    UNION ALL SELECT * FROM (
      SELECT position, hash, kind, content,
        NULL, NULL, ${noInstant}, NULL, NULL, NULL, NULL, NULL, NULL
      FROM security_event_records WHERE position > ${position}
      ORDER BY position LIMIT ${limit}
    ) AS records
    ORDER BY entry_position LIMIT ${limit}`
}

const recordKinds: ReadonlySet<string> = new Set<ChainRecordKind>(['erasure', 'adoption', 'break'])

function isRecordKind(kind: string): kind is ChainRecordKind {
  return recordKinds.has(kind)
}

export function toChainEntry(row: ChainEntryRow): ChainEntry {
  const place = { position: Number(row.entry_position), hash: row.entry_hash }
  const { record_kind: kind, content } = row
  if (kind === null) return { type: 'event', ...place, event: toStoredEvent(row) }
  if (isRecordKind(kind)) return { type: kind, ...place, content: content ?? '' }
  return { type: 'erased', ...place, entryHash: content ?? '' }
}

type StoredEventRow = Omit<
  ChainEntryRow,
  'entry_position' | 'entry_hash' | 'record_kind' | 'content'
>

export function toStoredEvent(row: StoredEventRow): StoredSecurityEvent {
  return {
    id: row.id ?? '',
    userId: row.user_id ?? '',
    at: toInstant(row.at ?? 0),
    kind: row.kind ?? '',
    outcome: row.outcome ?? '',
    sessionId: row.session_id,
    ipAddress: row.ip_address,
    userAgent: row.user_agent,
    detail: row.detail,
  }
}
