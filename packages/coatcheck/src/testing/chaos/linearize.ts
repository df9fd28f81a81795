import { isDeepStrictEqual } from 'node:util'
import type { Milliseconds } from '../../domain/time.ts'

/** A state of a model. */
interface Contents {
  readonly records: readonly unknown[]
}

/** An operation with its interval, for the search. */
export interface Interval<Event> {
  readonly event: Event
  readonly startedAt: Milliseconds
  /** `Infinity` if its outcome is unknown: it may take effect at any later time, or never. */
  readonly endedAt: Milliseconds
}

/** The rules of a model. */
export type NextStates<State, Event> = (state: State, event: Event) => readonly State[]

/** A history, and what was stored after it. */
export interface History<State, Event> {
  readonly initial: State
  readonly intervals: readonly Interval<Event>[]
  readonly remaining: readonly unknown[]
}

export type Linearization = 'explained' | 'contradicted' | 'undecided'

/** States that the search visits at most. More than any history of the generated length has needed. */
const maxStates = 200_000

/**
 * Searches for one order of the operations that respects real time (one that ended before another started comes first) and
 * explains every answer and what was stored (linearizability). An operation with an unknown outcome may be left out.
 */
export function linearize<State extends Contents, Event>(
  { initial, intervals, remaining }: History<State, Event>,
  nextStates: NextStates<State, Event>,
): Linearization {
  const all = intervals.toSorted((one, other) => one.endedAt - other.endedAt)
  const certain = all.filter(({ endedAt }) => endedAt !== Number.POSITIVE_INFINITY).length
  /** States that were reached with the same set of operations. */
  const visited = new Map<bigint, State[]>()
  let states = 0

  function isNew(done: bigint, state: State): boolean {
    const known = visited.get(done) ?? []
    if (known.some((each) => isDeepStrictEqual(each, state))) return false
    known.push(state)
    visited.set(done, known)
    states += 1
    return true
  }

  function search(done: bigint, count: number, state: State): boolean {
    if (count === certain && isDeepStrictEqual(state.records, remaining)) return true
    if (states > maxStates) return false
    return candidates(all, done).some((index) => {
      const interval = all[index]
      if (interval === undefined) return false
      const isCertain = index < certain
      const after = done | (1n << BigInt(index))
      return nextStates(state, interval.event).some((next) => {
        // Without an effect, an operation of unknown outcome is the same as one that never happened.
        if (!isCertain && isDeepStrictEqual(next, state)) return false
        return isNew(after, next) && search(after, isCertain ? count + 1 : count, next)
      })
    })
  }

  if (search(0n, 0, initial)) return 'explained'
  return states > maxStates ? 'undecided' : 'contradicted'
}

/** The operations that may come next: none that is left has ended before they started. */
function candidates<Event>(all: readonly Interval<Event>[], done: bigint): readonly number[] {
  const left = all.flatMap((_, index) => ((done >> BigInt(index)) & 1n ? [] : [index]))
  const firstEnd = Math.min(...left.map((index) => all[index]?.endedAt ?? 0))
  return left.filter((index) => (all[index]?.startedAt ?? 0) <= firstEnd)
}
