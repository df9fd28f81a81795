import { added, type Ratio, ratio, type Series, totals } from './ratios.ts'
import type { Results } from './results.ts'
import { quantileOf } from './statistics.ts'
import { titleOf } from './title.ts'

/** A figure that was to be reached, and what it came to. */
export interface Finding {
  readonly what: string
  readonly atMost: number
  /** Of a ratio `×`, of a time `ms`. */
  readonly unit: '×' | 'ms'
  readonly measured: number
  /** The ratio round by round; `null` for what has no rounds. */
  readonly paired: Ratio['paired'] | null
}

/** Ratios of processor time per request, server and database together. */
const ratios: readonly (readonly [of: string, against: string, atMost: number])[] = [
  ['coatcheck-postgres-cached', 'node', 1.35],
  ['coatcheck-sqlite-cached', 'node', 1.35],
  ['coatcheck-postgres-cached', 'jose-hs256', 0.35],
  ['coatcheck-sqlite-cached', 'jose-hs256', 0.35],
  ['coatcheck-sqlite', 'floor-sqlite', 1.15],
  ['coatcheck-better-sqlite3', 'floor-better-sqlite3', 1.15],
  ['coatcheck-postgres', 'floor-postgres', 1.15],
  ['coatcheck-postgres', 'express-session', 0.25],
  ['coatcheck-postgres', 'better-auth', 0.2],
]

/** The same for what a check adds to the server without one: the response is in both, and hides it. */
const addedRatios: readonly (readonly [of: string, against: string, atMost: number])[] = [
  ['coatcheck-postgres-cached', 'jose-hs256', 0.35],
  ['coatcheck-sqlite-cached', 'jose-hs256', 0.35],
]

/** The same for the check by itself, without a server. */
const checkRatios: typeof addedRatios = [
  ['coatcheck-postgres-cached', 'jose-hs256', 0.35],
  ['coatcheck-sqlite-cached', 'jose-hs256', 0.35],
]

/** The servers that are compared, each beside what it is compared with: so they are measured in turn. */
export const compared: readonly string[] = [
  ...['node', 'coatcheck-postgres-cached', 'jose-hs256', 'coatcheck-sqlite-cached'],
  ...['floor-sqlite', 'coatcheck-sqlite', 'coatcheck-better-sqlite3', 'floor-better-sqlite3'],
  ...['floor-postgres', 'coatcheck-postgres', 'express-session', 'better-auth'],
]

/** Every target that the run has the figures for. */
export function findings(results: Results): readonly Finding[] {
  const title = (name: string) => {
    const found = results.cases.find((each) => each.name === name)
    return found === undefined ? name : titleOf(found)
  }
  const cost = (name: string) => seriesOf(results, name)
  const overBare = (name: string) => overBareServer(results, name)
  const alone = (name: string) => results.checks.find((each) => each.name === name)?.cpu ?? null

  return [
    ...ratios.flatMap(([of, against, atMost]) =>
      ratioFinding(`${title(of)}, against ${title(against)}`, [cost(of), cost(against)], atMost),
    ),
    ...addedRatios.flatMap(([of, against, atMost]) =>
      ratioFinding(
        `${title(of)}, against ${title(against)}: what each adds to node:http`,
        [overBare(of), overBare(against)],
        atMost,
      ),
    ),
    ...checkRatios.flatMap(([of, against, atMost]) =>
      ratioFinding(
        `${title(of)}, against ${title(against)}: the check alone`,
        [alone(of), alone(against)],
        atMost,
      ),
    ),
    ...results.propagation.map(propagationFinding),
  ]
}

function ratioFinding(
  what: string,
  [of, against]: readonly [Series | null, Series | null],
  atMost: number,
): readonly Finding[] {
  const found = of === null || against === null ? null : ratio(of, against)
  if (found === null) return []
  return [{ what, atMost, unit: '×', measured: found.ofMedians, paired: found.paired }]
}

function propagationFinding({ backend, delays }: Results['propagation'][number]): Finding {
  return {
    what: `Revocation seen by another process, ${backend}, 99 of 100`,
    atMost: 50,
    unit: 'ms',
    measured: quantileOf(delays, 0.99),
    paired: null,
  }
}

export function seriesOf(results: Results, name: string): Series | null {
  const found = results.cases.find((each) => each.name === name)
  return found === undefined ? null : totals(found)
}

function overBareServer(results: Results, name: string): Series | null {
  const of = seriesOf(results, name)
  const bare = results.cases.find((each) => each.name === name)?.bare
  const base = bare === undefined ? null : seriesOf(results, bare)
  return of === null || base === null ? null : added(of, base)
}
