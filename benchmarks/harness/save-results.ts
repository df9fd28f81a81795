import { mkdirSync, writeFileSync } from 'node:fs'
import { chartOf } from '../report/chart.ts'
import { reportOf } from '../report/report.ts'
import type { Results } from '../report/results.ts'

/** Writes what was found. Only a whole run takes the place of the results that the pages show. */
export function saveResults(results: Results, isFullRun: boolean): void {
  const name = isFullRun ? 'latest' : 'partial'
  const folder = new URL('../results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const save = (extension: string, text: string) =>
    writeFileSync(new URL(`${name}.${extension}`, folder), text)
  save('json', `${JSON.stringify(rounded(results), null, 1)}\n`)
  save('md', `${reportOf(results)}\n`)
  if (results.cases.length > 0) save('svg', chartOf(results))
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
