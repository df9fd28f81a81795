import type { ChainState } from '../../domain/security-chain.ts'
import { type SignedChainState, stateText } from '../../domain/security-chain.ts'
import type { ChainVerifier } from '../ports/chain-keys.ts'
import type { ChainProblem } from './chain-report.ts'
import { parseObject, toState } from './record-content.ts'

/** Heads that the program wrote to the process log. */
export interface LoggedHeads {
  /** Hash by position. */
  readonly hashes: ReadonlyMap<number, string>
  readonly problems: readonly ChainProblem[]
}

export const noLoggedHeads: LoggedHeads = { hashes: new Map(), problems: [] }

/** The log event that has a head. */
const headEvent = 'audit-head'

/** The fields of a head in the process log. */
export function toLogFields(state: SignedChainState) {
  return { event: 'audit-head', ...state }
}

/** Reads the heads from lines of the process log, of which other lines are ignored. */
export async function readLoggedHeads(
  lines: AsyncIterable<string>,
  verifier: ChainVerifier,
): Promise<LoggedHeads> {
  const hashes = new Map<number, string>()
  const problems: ChainProblem[] = []
  for await (const line of lines) {
    const state = headOf(line)
    if (state === null) continue
    const problem = problemOf(state, { hashes, verifier })
    if (problem !== null) problems.push(problem)
    else hashes.set(state.head.position, state.head.hash)
  }
  return { hashes, problems }
}

function headOf(line: string): SignedChainState | null {
  // Cheaper than parsing each line, and a supervisor may have put text before it.
  if (!line.includes(`"${headEvent}"`)) return null
  const fields = parseObject(line.slice(line.indexOf('{')))
  return fields.event === headEvent ? toState(fields) : null
}

interface HeadContext {
  readonly hashes: ReadonlyMap<number, string>
  readonly verifier: ChainVerifier
}

function problemOf(
  state: SignedChainState,
  { hashes, verifier }: HeadContext,
): ChainProblem | null {
  const { position, hash } = state.head
  const known = hashes.get(position)
  const problem = (message: string): ChainProblem => {
    return { kind: 'differs-from-log', position, id: null, message }
  }
  if (verifier.check(stateText(state satisfies ChainState), state) !== 'valid')
    return problem(`The head at position ${position} in the process log has no valid signature.`)
  if (known !== undefined && known !== hash)
    return problem(`The process log has two different heads at position ${position}.`)
  return null
}
