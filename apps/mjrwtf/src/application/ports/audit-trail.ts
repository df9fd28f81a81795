import type { ChainEntry, SignedChainState } from '../../domain/security-chain.ts'

/** Reads the chain of security events for verification and export. Rejects with `RepositoryError` only. */
export interface AuditTrail {
  /** The state as stored; position 0 and no signature before the first entry. Not verified. */
  state(): Promise<SignedChainState>
  /** Entries after a position in the order of the chain, as of one instant. At most `limit`; several may have one position. */
  entriesAfter(position: number, limit: number): Promise<readonly ChainEntry[]>
  /** Ids of events that have no place in the chain, at most `limit`. */
  unplaced(limit: number): Promise<readonly string[]>
}
