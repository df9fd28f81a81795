import { isDeepStrictEqual } from 'node:util'
import type { SessionRecord } from '../../domain/session.ts'
import type { Operation } from './operation.ts'
import type { Answer } from './perform.ts'
import { possibilities, possibleSweeps } from './possibilities.ts'
import type { Reference } from './reference.ts'

/** An operation that was done at the same time as others, and what it came to. */
export interface Observation {
  readonly operation: Operation
  readonly answer: Answer
}

/**
 * Looks for an order in which the operations, one after another, would have come to these answers
 * and left these records: what atomic means (linearizability). Returns the world at the end, or
 * `null` when there is no such order.
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
