import { isDeepStrictEqual } from 'node:util'
import type { SessionRecord } from '../../domain/session.ts'
import type { Operation } from './operation.ts'
import type { Answer } from './perform.ts'
import { possibilities, possibleSweeps } from './possibilities.ts'
import type { Reference } from './reference.ts'

/** An operation that ran concurrently with others, and its result. */
export interface Observation {
  readonly operation: Operation
  readonly answer: Answer
}

/**
 * Searches for a sequential order of the operations that explains their answers and the remaining
 * records (linearizability). Returns the state after it, or `null` if there is none.
 */
export function explain(
  reference: Reference,
  observations: readonly Observation[],
  remaining: readonly SessionRecord[],
): Reference | null {
  if (observations.length === 0) {
    return isDeepStrictEqual(reference.records, remaining) ? reference : null
  }
  for (const first of observations) {
    const rest = observations.filter((each) => each !== first)
    for (const next of statesAfter(reference, first)) {
      const explained = explain(next, rest, remaining)
      if (explained !== null) return explained
    }
  }
  return null
}

function statesAfter(
  reference: Reference,
  { operation, answer }: Observation,
): readonly Reference[] {
  const possible =
    operation.type === 'endExpired'
      ? possibleSweeps(reference, operation)
      : possibilities(reference, operation)
  return possible
    .filter((possible) => isDeepStrictEqual(possible.answer, answer))
    .map((possible) => possible.next)
}
