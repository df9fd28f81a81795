import type { SignedChainState } from '../../domain/security-chain.ts'
import type { Instant } from '../../domain/time.ts'

/** What verification found at one place. Stable names: scripts read them. */
export type ChainProblemKind =
  | 'changed'
  | 'missing'
  | 'duplicate'
  | 'not-in-chain'
  | 'after-head'
  | 'truncated'
  | 'head-not-signed'
  | 'erased-without-record'
  | 'interrupted'
  | 'differs-from-log'
  | 'not-started'

export interface ChainProblem {
  readonly kind: ChainProblemKind
  /** The number of the entry in the chain, or `null` if it has none. */
  readonly position: number | null
  /** The id of the event, or `null` for another entry. */
  readonly id: string | null
  /** One sentence. */
  readonly message: string
}

export interface ChainReport {
  /** Whether there is no problem. */
  readonly isIntact: boolean
  /** As far as it was verified. */
  readonly state: SignedChainState
  readonly events: number
  /** Events whose content was removed: with their account, or after a year. */
  readonly erased: number
  /** Events that an earlier release stored. The chain shows changes since they were added to it. */
  readonly adopted: number
  /** When the last of them was added; `null` if there is none. Later than the upgrade: the chain was removed and started again. */
  readonly adoptedAt: Instant | null
  /** Events of an earlier release that the server has not added yet. 0 or 1: there may be more. */
  readonly pending: number
  /** Heads of the process log that were compared. */
  readonly loggedHeads: number
  readonly problemCount: number
  /** The first 100, in the order of the chain. */
  readonly problems: readonly ChainProblem[]
}

/** Problems that a report lists. */
export const maxListedProblems = 100
