import { parseArgs } from 'node:util'

export type EngineName = 'postgres' | 'sqlite'

/** What a run measures. */
export interface RunOptions {
  /** Sizes of the large table, ascending. */
  readonly sizes: readonly number[]
  readonly engines: readonly EngineName[]
}

/** The sizes and engines of a run whose results are saved. */
export const fullRun: RunOptions = {
  sizes: [10_000, 100_000, 1_000_000, 10_000_000],
  engines: ['postgres', 'sqlite'],
}

/** Size of the table that every size is compared with. */
export const smallSize = 10_000

/** Reads `--sizes 10k,100k` and `--only sqlite`. Throws for anything else. */
export function readOptions(args: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { sizes: { type: 'string' }, only: { type: 'string' } },
  })
  return {
    sizes: values.sizes === undefined ? fullRun.sizes : readSizes(values.sizes),
    engines: values.only === undefined ? fullRun.engines : [readEngine(values.only)],
  }
}

export function isFullRun(options: RunOptions): boolean {
  return JSON.stringify(options) === JSON.stringify(fullRun)
}

function readSizes(text: string): readonly number[] {
  return text
    .split(',')
    .map(readSize)
    .toSorted((a, b) => a - b)
}

function readSize(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)([km]?)$/i.exec(text.trim()) ?? []
  const size = Number(digits) * (units[unit.toLowerCase()] ?? Number.NaN)
  if (size >= smallSize && size % smallSize === 0) return size
  throw new Error(`--sizes accepts multiples of 10k, such as 10k,1m; not ${text}`)
}

const units: Readonly<Record<string, number>> = { '': 1, k: 1_000, m: 1_000_000 }

function readEngine(text: string): EngineName {
  const engine = fullRun.engines.find((each) => each === text)
  if (engine === undefined) throw new Error(`--only accepts postgres or sqlite, not ${text}`)
  return engine
}
