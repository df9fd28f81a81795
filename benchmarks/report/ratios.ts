import type { CaseResult, Measurement } from './results.ts'
import { type Figure, figureOf } from './statistics.ts'

/** The ratio of two figures. */
export interface Ratio {
  /** Of the two medians. */
  readonly ofMedians: number
  /** Median, minimum and maximum of the ratios per round, whose two figures were measured close together. */
  readonly paired: Figure
}

/** One value per round; `null` if it could not be measured. */
export type Series = readonly (number | null)[]

/** Processor time per request, server and database, in µs. */
export function totalCpu({ serverCpu, databaseCpu }: Measurement): number | null {
  return databaseCpu === null ? null : serverCpu + databaseCpu
}

export function totals(result: CaseResult): Series {
  return result.rounds.map(totalCpu)
}

/** The cost of `result` above `base`, round by round. */
export function overhead(result: Series, base: Series): Series {
  return pairs(result, base).map(([total, baseline]) =>
    total === null || baseline === null ? null : total - baseline,
  )
}

/** Returns `null` if either figure is missing. */
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
  if (a.length !== b.length) throw new Error('The series have different lengths')
  return a.map((value, index) => [value, b[index] ?? null])
}
