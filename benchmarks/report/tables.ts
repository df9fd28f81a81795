import { number, table } from './markdown.ts'
import { ratio, type Series, totals } from './ratios.ts'
import type { CaseResult, Results } from './results.ts'
import { figureOf, quantileOf } from './statistics.ts'
import { findings, seriesOf } from './targets.ts'
import { titleOf } from './title.ts'

/** All cases, with their ratios to the bare server and to the floor. */
export function casesTable(results: Results): string {
  const heads = [
    ...['server', 'requests/s', 'server CPU', 'database CPU', 'CPU', 'spread'],
    ...['× bare', '× floor', 'p50 ms', 'p99 ms', 'memory MB'],
  ]
  return table(
    heads,
    results.cases.map((each) => caseRow(results, each)),
  )
}

function caseRow(results: Results, result: CaseResult): readonly string[] {
  const { rounds } = result
  const median = (series: Series) => number(figureOf(series)?.median)
  const ratioTo = (name: string | null) => {
    const baseline = name === null ? null : seriesOf(results, name)
    return number(baseline === null ? null : ratio(totals(result), baseline)?.ofMedians)
  }
  const total = figureOf(totals(result))
  return [
    titleOf(result),
    median(rounds.map(({ requests, seconds }) => requests / seconds)),
    median(rounds.map((each) => each.serverCpu)),
    result.backend === 'postgres' ? median(rounds.map((each) => each.databaseCpu)) : '—',
    number(total?.median),
    total === null ? '—' : `${number(total.low)}–${number(total.high)}`,
    ratioTo(result.bare),
    ratioTo(result.floor),
    median(rounds.map((each) => each.p50)),
    median(rounds.map((each) => each.p99)),
    median(rounds.map((each) => each.rss / 1e6)),
  ]
}

/** The targets and whether they were reached. */
export function targetsTable(results: Results): string {
  const rows = findings(results).map(({ name, target, unit, measured, paired }) => [
    name,
    `${number(target)} ${unit}`,
    `${number(measured)} ${unit}`,
    paired === null
      ? '—'
      : `${number(paired.median)} (${number(paired.low)}–${number(paired.high)})`,
    measured <= target ? 'yes' : 'no',
  ])
  return table(['figure', 'target', 'measured', 'by round', 'reached'], rows)
}

/** Verification without HTTP. */
export function checksTable({ checks }: Results): string {
  const rows = checks.map(({ title, cpu }) => {
    const figure = figureOf(cpu)
    return [
      title,
      number(figure?.median),
      figure === null ? '—' : `${number(figure.low)}–${number(figure.high)}`,
    ]
  })
  return table(['check', 'CPU µs', 'spread'], rows)
}

export function propagationTable({ propagation }: Results): string {
  const rows = propagation.map(({ backend, delays, hits }) => [
    backend,
    String(delays.length),
    ...[0.5, 0.99, 1].map((share) => number(quantileOf(delays, share))),
    number(hits),
  ])
  return table(
    [
      'between processes on',
      'revocations',
      'p50 ms',
      'p99 ms',
      'max ms',
      'verified from the cache until then',
    ],
    rows,
  )
}

/** PostgreSQL's counters, which confirm that each case reads and writes as described. */
export function databaseTable({ cases }: Results): string {
  const rows = cases.flatMap((each) => {
    const work = each.databaseWork
    if (work === null) return []
    const perRequest = (count: number) => number(count / work.requests)
    const heapOnly = `${number(work.heapOnly)} of ${number(work.updated)}`
    return [[titleOf(each), perRequest(work.scans), perRequest(work.updated), heapOnly]]
  })
  const heads = ['server', 'lookups per request', 'rows updated per request']
  return table([...heads, 'updates that changed no index'], rows)
}

/** The guarantees on activity writes: at most one statement a second, and no index update. */
export function activityLines({ cases }: Results): readonly string[] {
  return cases.flatMap((each) => {
    const { activityStatements, millisecondsApart = Number.NaN } = each.statistics
    if (activityStatements === undefined || each.databaseWork === null) return []
    const { heapOnly, updated } = each.databaseWork
    return [
      `${titleOf(each)}: activity: ${activityStatements} statements in ${each.loaded.toFixed(0)} seconds, ` +
        `never less than ${number(millisecondsApart / 1_000)} s apart, ${heapOnly} of ${updated} updates heap-only.`,
    ]
  })
}
