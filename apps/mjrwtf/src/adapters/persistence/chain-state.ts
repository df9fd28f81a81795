import { type RawBuilder, sql } from 'kysely'
import type { SignedChainState } from '../../domain/security-chain.ts'
import type { Database } from './database.ts'
import { type Timestamp, toInstant } from './tables.ts'

/** The columns of the state, as a query selects them. All null if the row is missing. */
export interface ChainStateRow {
  readonly start_position: number | string | null
  readonly start_hash: string | null
  readonly head_position: number | string | null
  readonly head_hash: string | null
  readonly adopts_until: Timestamp | null
  readonly signing_key: string | null
  readonly signature: string | null
  /** Whether there is an event without a place. A number on SQLite. */
  readonly has_unplaced: boolean | number
}

export const chainStateColumns: RawBuilder<unknown> = sql`
  chain.start_position, chain.start_hash, chain.position AS head_position,
  chain.hash AS head_hash, chain.adopts_until, chain.signing_key, chain.signature,
  EXISTS (SELECT 1 FROM security_events WHERE chain_position IS NULL) AS has_unplaced`

/** One row, even if that of the state is missing. */
export const chainStateTable: RawBuilder<unknown> = sql`
  (SELECT 1 AS singleton) AS one LEFT JOIN security_event_chain AS chain USING (singleton)`

export function toChainState(row: ChainStateRow | undefined): SignedChainState {
  return {
    start: { position: Number(row?.start_position ?? 0), hash: row?.start_hash ?? '' },
    head: { position: Number(row?.head_position ?? 0), hash: row?.head_hash ?? '' },
    adoptsUntil: toInstant(row?.adopts_until ?? 0),
    key: row?.signing_key ?? '',
    signature: row?.signature ?? '',
  }
}

/** Writes the state, also if the row is missing. */
export function writeChainState({ dialect }: Database, state: SignedChainState) {
  const { start, head, adoptsUntil, key, signature } = state
  return sql`
    INSERT INTO security_event_chain (
      singleton, start_position, start_hash, position, hash, adopts_until, signing_key, signature
    ) VALUES (
      1, ${start.position}, ${start.hash}, ${head.position}, ${head.hash},
      ${dialect.timestampSql(adoptsUntil)}, ${key}, ${signature}
    ) ON CONFLICT (singleton) DO UPDATE SET
      start_position = excluded.start_position, start_hash = excluded.start_hash,
      position = excluded.position, hash = excluded.hash, adopts_until = excluded.adopts_until,
      signing_key = excluded.signing_key, signature = excluded.signature`
}
