import { overhead, type Ratio, ratio, type Series, totals } from './ratios.ts'
import type { Results } from './results.ts'
import { quantileOf } from './statistics.ts'
import { titleOf } from './title.ts'

/** A target and its measured figure. */
export interface Finding {
  readonly name: string
  readonly target: number
  /** `×` for a ratio, `ms` for a time. */
  readonly unit: '×' | 'ms'
  readonly measured: number
  /** The ratio per round; `null` for a figure without rounds. */
  readonly paired: Ratio['paired'] | null
}

/** Ratios of processor time per request, server and database together. */
const ratios: readonly (readonly [candidate: string, baseline: string, target: number])[] = [
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

/** The same for the overhead of verification: in whole requests, the response's cost hides it. */
const overheadRatios: readonly (readonly [candidate: string, baseline: string, target: number])[] =
  [
    ['coatcheck-postgres-cached', 'jose-hs256', 0.35],
    ['coatcheck-sqlite-cached', 'jose-hs256', 0.35],
  ]

/** The same for verification without a server. */
const checkRatios: typeof overheadRatios = [
  ['coatcheck-postgres-cached', 'jose-hs256', 0.35],
  ['coatcheck-sqlite-cached', 'jose-hs256', 0.35],
]

/** The compared servers, each next to its baseline, so that they are measured in turn. */
export const compared: readonly string[] = [
  ...['node', 'coatcheck-postgres-cached', 'jose-hs256', 'coatcheck-sqlite-cached'],
  ...['floor-sqlite', 'coatcheck-sqlite', 'coatcheck-better-sqlite3', 'floor-better-sqlite3'],
  ...['floor-postgres', 'coatcheck-postgres', 'express-session', 'better-auth'],
]

/** All targets whose figures the run has measured. */
export function findings(results: Results): readonly Finding[] {
  const title = (name: string) => {
    const found = results.cases.find((each) => each.name === name)
    return found === undefined ? name : titleOf(found)
  }
  const cost = (name: string) => seriesOf(results, name)
  const relativeToBare = (name: string) => relativeToBareServer(results, name)
  const checkCost = (name: string) => results.checks.find((each) => each.name === name)?.cpu ?? null

  return [
    ...ratios.flatMap(([candidate, baseline, target]) =>
      ratioFinding(
        `${title(candidate)}, against ${title(baseline)}`,
        [cost(candidate), cost(baseline)],
        target,
      ),
    ),
    ...overheadRatios.flatMap(([candidate, baseline, target]) =>
      ratioFinding(
        `${title(candidate)}, against ${title(baseline)}: overhead over node:http`,
        [relativeToBare(candidate), relativeToBare(baseline)],
        target,
      ),
    ),
    ...checkRatios.flatMap(([candidate, baseline, target]) =>
      ratioFinding(
        `${title(candidate)}, against ${title(baseline)}: verification without HTTP`,
        [checkCost(candidate), checkCost(baseline)],
        target,
      ),
    ),
    ...results.propagation.map(propagationFinding),
  ]
}

function ratioFinding(
  name: string,
  [series, baseline]: readonly [Series | null, Series | null],
  target: number,
): readonly Finding[] {
  const found = series === null || baseline === null ? null : ratio(series, baseline)
  if (found === null) return []
  return [{ name, target, unit: '×', measured: found.ofMedians, paired: found.paired }]
}

function propagationFinding({ backend, delays }: Results['propagation'][number]): Finding {
  return {
    name: `Revocation effective in another process, ${backend}, 99 of 100`,
    target: 50,
    unit: 'ms',
    measured: quantileOf(delays, 0.99),
    paired: null,
  }
}

export function seriesOf(results: Results, name: string): Series | null {
  const found = results.cases.find((each) => each.name === name)
  return found === undefined ? null : totals(found)
}

function relativeToBareServer(results: Results, name: string): Series | null {
  const series = seriesOf(results, name)
  const bare = results.cases.find((each) => each.name === name)?.bare
  const base = bare === undefined ? null : seriesOf(results, bare)
  return series === null || base === null ? null : overhead(series, base)
}
