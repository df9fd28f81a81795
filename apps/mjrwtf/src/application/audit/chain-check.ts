import {
  type ChainEntry,
  type ChainPlace,
  type ErasedEntry,
  follows,
  type PositionRange,
  type RecordEntry,
  type SignedChainState,
  stateText,
  toRanges,
} from '../../domain/security-chain.ts'
import type { ChainVerifier } from '../ports/chain-keys.ts'
import {
  type ChainProblem,
  type ChainProblemKind,
  type ChainReport,
  maxListedProblems,
} from './chain-report.ts'
import type { LoggedHeads } from './logged-heads.ts'
import { countPositions, positionsIn } from './position-ranges.ts'
import { isBreakReason, parseRecord, type RecordContent } from './record-content.ts'

/** Verifies the entries of a chain one after the other. */
export interface ChainCheck {
  /** The position of the last entry so far. */
  position(): number
  /** Continues after the entries that a purge has removed meanwhile. */
  skipTo(start: ChainPlace): void
  add(entry: ChainEntry): void
  /** Reports what no entry shows, such as an event without a place. */
  addProblem(problem: ChainProblem): void
  /** Compares the last entry with the head. Once, at the end. */
  finish(state: SignedChainState): ChainReport
}

export interface ChainCheckOptions {
  readonly verifier: ChainVerifier
  /** Before the first entry. */
  readonly start: ChainPlace
  readonly loggedHeads: LoggedHeads
}

export function createChainCheck(options: ChainCheckOptions): ChainCheck {
  const { verifier, loggedHeads } = options
  const problems: ChainProblem[] = []
  /** Hashes of erased entries that no record has confirmed so far, by position. */
  const erased = new Map<number, string>()
  let last = options.start
  let adoptedAt: number | null = null
  const counts = { problems: 0, events: 0, erased: 0, adopted: 0 }

  function addProblem(problem: ChainProblem): void {
    counts.problems += 1
    if (problems.length < maxListedProblems) problems.push(problem)
  }

  function report(kind: ChainProblemKind, entry: Reported, message: string): void {
    const id = entry.type === 'event' ? entry.event.id : null
    addProblem({ kind, position: entry.position, id, message: `${nameOf(entry)} ${message}` })
  }

  /** Returns whether the entry is the next one. */
  function isNext(entry: ChainEntry): boolean {
    if (entry.position <= last.position) {
      report('duplicate', entry, 'is not the only row at this position: it was inserted.')
      return false
    }
    if (entry.position > last.position + 1) {
      addProblem(missing(last.position + 1, entry.position - 1))
      return true
    }
    if (!follows(verifier.sha256, last, entry))
      report(
        'changed',
        entry,
        `does not follow from position ${last.position}: it was changed, or the row before it was replaced.`,
      )
    return true
  }

  function confirmErasures({ positions, entryHashes }: RecordContent): void {
    const confirmed = positionsIn(positions, entryHashes.length)
    for (const [index, position] of confirmed.entries()) {
      if (erased.get(position) === entryHashes[index]) erased.delete(position)
    }
  }

  function addRecord(entry: RecordEntry): void {
    const content = parseRecord(entry.content)
    const { positions, reason, found } = content
    if (entry.type === 'erasure') confirmErasures(content)
    if (entry.type === 'adoption') {
      counts.adopted += countPositions(positions)
      adoptedAt = content.at
    }
    if (entry.type !== 'break') return
    // A change of keys without overlap: the key before is trusted now.
    const isConfirmed =
      reason === 'unknown-key' &&
      found !== null &&
      verifier.check(stateText(found), found) === 'valid'
    if (isConfirmed) return
    report('interrupted', entry, breakMessage(content))
  }

  function addErased({ position, entryHash }: ErasedEntry): void {
    counts.erased += 1
    erased.set(position, entryHash)
  }

  return {
    position: () => last.position,
    skipTo(start) {
      last = start
    },
    addProblem,
    add(entry) {
      if (!isNext(entry)) return
      last = entry
      const loggedHash = loggedHeads.hashes.get(entry.position)
      if (loggedHash !== undefined && loggedHash !== entry.hash)
        report('differs-from-log', entry, 'has another hash than the head in the process log.')
      if (entry.type === 'event') counts.events += 1
      else if (entry.type === 'erased') addErased(entry)
      else addRecord(entry)
    },
    finish(state) {
      for (const problem of headProblems({ state, last, verifier, loggedHeads })) {
        addProblem(problem)
      }
      for (const range of toRanges([...erased.keys()])) addProblem(erasedWithoutRecord(range))
      return {
        ...{ isIntact: counts.problems === 0, state, events: counts.events, pending: 0 },
        ...{ erased: counts.erased, adopted: counts.adopted, adoptedAt },
        loggedHeads: loggedHeads.hashes.size,
        problemCount: counts.problems,
        problems,
      }
    },
  }
}

type Reported = ChainEntry

function nameOf(entry: Reported): string {
  if (entry.type !== 'event') return `Position ${entry.position} (${entry.type})`
  return `Position ${entry.position} (event ${entry.event.id})`
}

function missing(from: number, to: number): ChainProblem {
  const message =
    from === to ? `Position ${from} is missing.` : `Positions ${from} to ${to} are missing.`
  return { kind: 'missing', position: from, id: null, message }
}

function erasedWithoutRecord([from, to]: PositionRange): ChainProblem {
  const message = `Positions ${from} to ${to} were erased, but no record of the chain says so, or they were other events.`
  return { kind: 'erased-without-record', position: from, id: null, message }
}

function breakMessage({ reason, positions }: RecordContent): string {
  if (!isBreakReason(reason)) return 'is a break in the chain without a reason.'
  if (reason === 'purged-changed') {
    const removed = positions.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`))
    return `says that entries had been changed before the purge removed them: ${removed.join(', ')}.`
  }
  return `says that the program could not confirm the head before it (${reason}).`
}

interface HeadCheck {
  readonly state: SignedChainState
  readonly last: ChainPlace
  readonly verifier: ChainVerifier
  readonly loggedHeads: LoggedHeads
}

function headProblems({ state, last, verifier, loggedHeads }: HeadCheck): readonly ChainProblem[] {
  const { head, start } = state
  const problems: ChainProblem[] = []
  const add = (kind: ChainProblemKind, position: number, message: string) =>
    void problems.push({ kind, position, id: null, message })
  const check = verifier.check(stateText(state), state)
  if (check === 'unknown-key')
    add(
      'head-not-signed',
      head.position,
      `The head is signed by the key ${state.key}, which is none of the trusted ones.`,
    )
  if (check === 'invalid-signature')
    add('head-not-signed', head.position, 'The signature of the head is invalid: it was changed.')
  if (head.position > last.position)
    add(
      'truncated',
      last.position + 1,
      `Positions ${last.position + 1} to ${head.position}, the last ones, are missing.`,
    )
  if (head.position < last.position)
    add(
      'after-head',
      head.position + 1,
      `Positions ${head.position + 1} to ${last.position} come after the signed head: they were inserted.`,
    )
  if (head.position === last.position && head.hash !== last.hash)
    add(
      'changed',
      head.position,
      `Position ${head.position} has another hash than the signed head.`,
    )
  const newest = Math.max(0, ...loggedHeads.hashes.keys())
  if (newest > last.position)
    add(
      'truncated',
      last.position + 1,
      `The process log has a head at position ${newest}, but the chain ends at ${last.position}.`,
    )
  if (head.position < start.position)
    add('head-not-signed', head.position, 'The head is before the start of the chain.')
  return problems
}
