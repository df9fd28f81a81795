import { isDeepStrictEqual } from 'node:util'

/** The expected contents of a store. */
interface Contents {
  readonly records: readonly unknown[]
}

/** Results that a model allows for what was observed. */
export type StatesAfter<Reference, Observation> = (
  reference: Reference,
  observation: Observation,
) => readonly Reference[]

/** Creates a search by the rules of one model. */
export function createExplain<Reference extends Contents, Observation>(
  statesAfter: StatesAfter<Reference, Observation>,
) {
  /**
   * Searches for a sequential order of concurrent operations that explains their answers and the remaining
   * records (linearizability). Returns the state after it, or `null` if there is none.
   */
  return function explain(
    reference: Reference,
    observations: readonly Observation[],
    remaining: readonly unknown[],
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
}
