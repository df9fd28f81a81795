import type { ChainEntry, SignedChainState } from '../../domain/security-chain.ts'

export interface OutsideRow {
  readonly position: number
  /** Of an event; `null` for a record. */
  readonly id: string | null
}

/** Reads the chain of security events for verification and export. Rejects with `RepositoryError` only. */
export interface AuditTrail {
  /** The state as stored; position 0 and no signature before the first entry. Not verified. */
  state(): Promise<SignedChainState>
  /**
   * Entries after a position in the order of the chain, as of one instant, at most `limit`. Several may have one position:
   * then all of them or none, unless they alone reach the limit.
   */
  entriesAfter(position: number, limit: number): Promise<readonly ChainEntry[]>
  /** Ids of events that have no place in the chain, at most `limit`. */
  unplaced(limit: number): Promise<readonly string[]>
  /** Rows whose position is the start or before it, where the program leaves none. At most `limit`. */
  beforeStart(limit: number): Promise<readonly OutsideRow[]>
}
