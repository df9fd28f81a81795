import type { CaseResult, Measurement } from './results.ts'
import { type Figure, figureOf } from './statistics.ts'

/** How many times as much one figure is as another. */
export interface Ratio {
  /** Of the two medians. */
  readonly ofMedians: number
  /** Median, lowest and highest of the ratios of each round, whose two figures were taken close together. */
  readonly paired: Figure
}

/** A value of each round; `null` where it could not be measured. */
export type Series = readonly (number | null)[]

/** Processor time per request, server and database, in µs. */
export function totalCpu({ serverCpu, databaseCpu }: Measurement): number | null {
  return databaseCpu === null ? null : serverCpu + databaseCpu
}

export function totals(result: CaseResult): Series {
  return result.rounds.map(totalCpu)
}

/** What `result` costs over `base`, round by round. */
export function overhead(result: Series, base: Series): Series {
  return pairs(result, base).map(([total, baseline]) =>
    total === null || baseline === null ? null : total - baseline,
  )
}

/** `null` where a figure is missing on either side. */
export function ratio(numerator: Series, denominator: Series): Ratio | null {
  const numeratorFigure = figureOf(numerator)
  const denominatorFigure = figureOf(denominator)
  const roundRatios = pairs(numerator, denominator).map(([a, b]) =>
    a === null || b === null ? null : a / b,
  )
  const paired = figureOf(roundRatios)
  if (numeratorFigure === null || denominatorFigure === null || paired === null) return null
  return { ofMedians: numeratorFigure.median / denominatorFigure.median, paired }
}

function pairs(a: Series, b: Series): readonly (readonly [number | null, number | null])[] {
  if (a.length !== b.length) throw new Error('Series of unequal length have no pairs')
  return a.map((value, index) => [value, b[index] ?? null])
}
