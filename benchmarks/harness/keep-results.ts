import { mkdirSync, writeFileSync } from 'node:fs'
import { chartOf } from '../report/chart.ts'
import { reportOf } from '../report/report.ts'
import type { Results } from '../report/results.ts'

/** Writes what was found. Only a whole run takes the place of the results that the pages show. */
export function keepResults(results: Results, whole: boolean): void {
  const name = whole ? 'latest' : 'partial'
  const folder = new URL('../results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const keep = (extension: string, text: string) =>
    writeFileSync(new URL(`${name}.${extension}`, folder), text)
  keep('json', `${JSON.stringify(rounded(results), null, 1)}\n`)
  keep('md', `${reportOf(results)}\n`)
  if (results.cases.length > 0) keep('svg', chartOf(results))
  console.log(`\nKept in benchmarks/results/${name}.md, .json and .svg`)
}

/** More digits would only be noise, and make every difference of two runs a long one. */
function rounded(results: Results): unknown {
  return JSON.parse(
    JSON.stringify(results, (_key, value) =>
      typeof value === 'number' ? Number(value.toPrecision(6)) : value,
    ),
  )
}
