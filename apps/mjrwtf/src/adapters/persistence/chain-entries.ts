import { type RawBuilder, sql } from 'kysely'
import type {
  ChainEntry,
  ChainRecordKind,
  StoredSecurityEvent,
} from '../../domain/security-chain.ts'
import { type Database, type Dialect, run } from './database.ts'
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

/** The columns of events as `toStoredEvent` reads them. */
export const storedEventColumns: RawBuilder<unknown> = sql`
  id, user_id, at, kind, outcome, session_id, ip_address, user_agent, detail`

/** As `AuditTrail.entriesAfter`. One statement, so that an erasure meanwhile shows before or after. */
export async function readEntries(
  { kysely, dialect }: Database,
  position: number,
  limit: number,
): Promise<readonly ChainEntry[]> {
  const { rows } = await run(entriesAfter(dialect, position, limit).execute(kysely))
  const entries = rows.map(toChainEntry)
  const last = entries.at(-1)?.position
  const complete = entries.filter((entry) => entry.position !== last)
  // The position that the limit may have cut is read again with the next page.
  return entries.length < limit || complete.length === 0 ? entries : complete
}

function entriesAfter(dialect: Dialect, position: number, limit: number) {
  // The program writes no fraction of a millisecond, and reads none: one that was added must show.
  const at = dialect.wholeMilliseconds(sql`at`)
  // With its type, which PostgreSQL needs to unite the tables.
  const noInstant = sql`CASE WHEN false THEN ${dialect.timestampSql(0)} END`
  return sql<ChainEntryRow>`
    SELECT * FROM (
      SELECT chain_position AS entry_position, coalesce(chain_hash, '') AS entry_hash,
        CAST(NULL AS TEXT) AS record_kind, CAST(NULL AS TEXT) AS content,
        id, user_id, ${at} AS at, kind, outcome, session_id, ip_address, user_agent, detail
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

function toChainEntry(row: ChainEntryRow): ChainEntry {
  const place = { position: Number(row.entry_position), hash: row.entry_hash }
  const { record_kind: kind, content } = row
  if (kind === null) return { type: 'event', ...place, event: toStoredEvent(row) }
  if (isRecordKind(kind)) return { type: kind, ...place, content: content ?? '' }
  // No hash leads to a kind that the program does not write.
  return { type: 'erased', ...place, entryHash: kind === 'erased' ? (content ?? '') : '' }
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
