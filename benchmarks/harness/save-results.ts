import { mkdirSync, writeFileSync } from 'node:fs'
import { chartOf } from '../report/chart.ts'
import { reportOf } from '../report/report.ts'
import type { Results } from '../report/results.ts'

/** Writes the results. Only a full run replaces the results that the documents show. */
export function saveResults(results: Results, isFullRun: boolean): void {
  const name = isFullRun ? 'latest' : 'partial'
  const folder = new URL('../results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const save = (extension: string, text: string) =>
    writeFileSync(new URL(`${name}.${extension}`, folder), text)
  save('json', `${JSON.stringify(rounded(results), null, 1)}\n`)
  save('md', `${reportOf(results)}\n`)
  if (results.cases.length > 0) save('svg', chartOf(results))
  console.log(`\nSaved as benchmarks/results/${name}.md, .json and .svg`)
}

/** More digits would be noise and enlarge the diff of two runs. */
function rounded(results: Results): unknown {
  return JSON.parse(
    JSON.stringify(results, (_key, value) =>
      typeof value === 'number' ? Number(value.toPrecision(6)) : value,
    ),
  )
}
