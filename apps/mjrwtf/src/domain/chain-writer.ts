import {
  type ChainPlace,
  type ChainRecordKind,
  type ChainSignature,
  type ChainState,
  type HeadBreakContent,
  type HeadBreakReason,
  placeAfter,
  recordText,
  type Sha256,
  type SignedChainState,
  stateText,
} from './security-chain.ts'
import { day, type Instant } from './time.ts'

/** What continues a chain. */
export interface ChainTools {
  readonly sha256: Sha256
  sign(text: string): ChainSignature
  check(text: string, signature: ChainSignature): 'valid' | Exclude<HeadBreakReason, 'rolled-back'>
  readonly now: Instant
  /** Whether there are events without a place, of an earlier release. */
  readonly hasUnplaced: boolean
  /** Newest first. */
  readonly trustedKeys: readonly string[]
  /** The state that this process wrote last, or `null`. */
  readonly lastState: ChainState | null
}

export interface NewRecord extends ChainPlace {
  readonly kind: ChainRecordKind | 'erased'
  readonly content: string
}

/** Adds entries to a chain that was read, and signs the result. No side effects. */
export interface ChainWriter {
  /** The state that is continued. */
  readonly state: ChainState
  /** `started`: the chain had no entry. A reason: the head found cannot be confirmed, and the chain has a record of it. */
  readonly condition: 'continued' | 'started' | HeadBreakReason
  /** Whether the newest key has signed the state. */
  readonly isNewestKey: boolean
  /** The place of the next entry. */
  add(entryHash: string): ChainPlace
  addRecord(kind: ChainRecordKind, content: object): void
  /** Records added so far, including a break. */
  readonly records: readonly NewRecord[]
  /** The signed state, with another start after a purge. */
  finish(start?: ChainPlace): SignedChainState
}

/** How long after the start of a chain, in an upgraded database, events of an earlier release are added to it: two releases may run at once. */
const adoptionPeriod = day

/**
 * Continues the chain of `found`. A head that cannot be confirmed never stops the log: the chain continues after a record
 * of the break, which verification reports.
 */
export function createChainWriter(found: SignedChainState, tools: ChainTools): ChainWriter {
  const { sha256, now } = tools
  const condition = conditionOf(found, tools)
  const state = stateToContinue(found, condition, tools)
  const records: NewRecord[] = []
  let head = state.head

  function add(entryHash: string): ChainPlace {
    head = placeAfter(sha256, head, entryHash)
    return head
  }

  function addRecord(kind: ChainRecordKind, value: object): void {
    const content = JSON.stringify(value)
    records.push({ ...add(sha256(recordText(kind, content))), kind, content })
  }

  if (condition !== 'continued' && condition !== 'started') {
    addRecord('break', { at: now, reason: condition, found } satisfies HeadBreakContent)
  }
  return {
    state,
    condition,
    isNewestKey: found.key === tools.trustedKeys[0],
    add,
    addRecord,
    records,
    finish(start = state.start) {
      const next = { start, head, adoptsUntil: state.adoptsUntil }
      return { ...next, ...tools.sign(stateText(next)) }
    },
  }
}

function conditionOf(found: SignedChainState, tools: ChainTools): ChainWriter['condition'] {
  const { lastState } = tools
  const text = stateText(found)
  if (lastState !== null) {
    if (text === stateText(lastState)) return 'continued'
    if (found.head.position < lastState.head.position) return 'rolled-back'
  } else if (found.head.position === 0 && found.signature === '') return 'started'
  if (found.signature === '') return 'unsigned'
  const check = tools.check(text, found)
  return check === 'valid' ? 'continued' : check
}

function stateToContinue(
  found: SignedChainState,
  condition: ChainWriter['condition'],
  tools: ChainTools,
): ChainState {
  const { sha256, sign, now, lastState } = tools
  if (condition === 'started') {
    // Differs for each chain, so that the entries of one never fit into another.
    const { signature } = sign(`mjrwtf security origin ${now}`)
    const origin = { position: 0, hash: sha256(signature) }
    return {
      start: origin,
      head: origin,
      adoptsUntil: tools.hasUnplaced ? now + adoptionPeriod : now,
    }
  }
  // The entries up to the last head were acknowledged: verification reports them as missing.
  return condition === 'rolled-back' && lastState !== null ? lastState : found
}
