import type { SignedChainState } from '../../domain/security-chain.ts'
import type { AuditTrail } from '../ports/audit-trail.ts'
import type { ChainVerifier } from '../ports/chain-keys.ts'
import { type ChainCheck, createChainCheck } from './chain-check.ts'
import { type ChainReport, maxListedProblems } from './chain-report.ts'
import { type LoggedHeads, noLoggedHeads } from './logged-heads.ts'

/** Entries that one statement reads. */
const pageSize = 5_000

interface VerifyChainDependencies {
  readonly auditTrail: AuditTrail
  readonly verifier: ChainVerifier
}

/**
 * Verifies every entry of the chain, from the start to the head, and that no event is outside. The server may add and
 * purge events meanwhile: a head is read after the entries before it, and the walk continues until they meet.
 */
export function createVerifyChain({ auditTrail, verifier }: VerifyChainDependencies) {
  /** Adds the entries up to the last one. */
  async function walk(check: ChainCheck): Promise<void> {
    for (;;) {
      const entries = await auditTrail.entriesAfter(check.position(), pageSize)
      const [first] = entries
      if (first === undefined) return
      if (first.position > check.position() + 1) {
        const { start } = await auditTrail.state()
        if (start.position > check.position()) {
          check.skipTo(start)
          continue
        }
      }
      for (const entry of entries) check.add(entry)
    }
  }

  async function walkToHead(check: ChainCheck): Promise<SignedChainState> {
    await walk(check)
    for (;;) {
      const reached = check.position()
      const state = await auditTrail.state()
      if (state.head.position <= reached) return state
      await walk(check)
      // Nothing follows, although the head says so.
      if (check.position() === reached) return auditTrail.state()
    }
  }

  /** Returns how many may still be added: to the chain of an upgrade. */
  async function checkUnplaced(check: ChainCheck, isAdopting: boolean): Promise<number> {
    const ids = await auditTrail.unplaced(maxListedProblems)
    if (isAdopting) return Math.min(ids.length, 1)
    for (const id of ids) {
      const message = `Event ${id} is not part of the chain: it was inserted by another program.`
      check.addProblem({ kind: 'not-in-chain', position: null, id, message })
    }
    return 0
  }

  async function checkBeforeStart(check: ChainCheck): Promise<void> {
    for (const { position, id } of await auditTrail.beforeStart(maxListedProblems)) {
      const name = id === null ? `Position ${position}` : `Position ${position} (event ${id})`
      const message = `${name} is before the start of the chain: it was inserted.`
      check.addProblem({ kind: 'not-in-chain', position, id, message })
    }
  }

  return async function verifyChain(
    now: number,
    loggedHeads: LoggedHeads = noLoggedHeads,
  ): Promise<ChainReport> {
    const { start } = await auditTrail.state()
    const check = createChainCheck({ verifier, start, loggedHeads })
    for (const problem of loggedHeads.problems) check.addProblem(problem)
    const state = await walkToHead(check)
    const isStarted = state.head.position > 0 || state.signature !== ''
    await checkBeforeStart(check)
    const pending = await checkUnplaced(check, !isStarted || now < state.adoptsUntil)
    if (!isStarted && check.position() === 0 && loggedHeads.hashes.size === 0)
      return { ...notStarted(state), pending }
    return { ...check.finish(state), pending }
  }
}

/** No event was recorded since the database was created or upgraded. */
function notStarted(state: SignedChainState): ChainReport {
  const message =
    'The chain has not started: no event was recorded since the installation or the upgrade. Start the server.'
  return {
    ...{ isIntact: false, state, events: 0, erased: 0, adopted: 0, adoptedAt: null },
    ...{ pending: 0, loggedHeads: 0 },
    problemCount: 1,
    problems: [{ kind: 'not-started', position: null, id: null, message }],
  }
}
