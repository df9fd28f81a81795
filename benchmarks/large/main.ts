import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../harness/machine.ts'
import { startPostgres } from '../harness/postgres-server.ts'
import { type Measurements, measureDatabase, type Size } from './measure.ts'
import { toMarkdown } from './report.ts'

const fullSize: Size = { links: 100_000, clicks: 10_000_000 }
const quickSize: Size = { links: 10_000, clicks: 500_000 }

/**
 * Measures pages of an account with many links and clicks, and what its requests and its deletion do to others, on SQLite
 * and PostgreSQL: `npm run bench:large -- --only sqlite --quick`. A full run takes about ten minutes and 8 GB in a
 * temporary folder, and replaces `benchmarks/results/large.md`.
 */
async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
  })
  const size = values.quick ? quickSize : fullSize
  const machine = describeMachine('')
  const measurements: Measurements[] = []
  if (values.only !== 'postgres') measurements.push(await onSqlite(size))
  if (values.only !== 'sqlite') measurements.push(await onPostgres(size))
  const markdown = toMarkdown(machine, size, measurements)
  console.log(markdown)
  if (values.only !== undefined || values.quick) return
  const folder = fileURLToPath(new URL('../results/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}large.md`, markdown)
}

async function onSqlite(size: Size): Promise<Measurements> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-large-'))
  try {
    const create = async (name: string) => `sqlite:${join(folder, `${name}.db`)}`
    return await measureDatabase('SQLite', create, size)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function onPostgres(size: Size): Promise<Measurements> {
  const postgres = await startPostgres()
  try {
    return await measureDatabase('PostgreSQL', postgres.create, size)
  } finally {
    await postgres.stop()
  }
}

// Temporary data is also removed when the process is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

await main(process.argv.slice(2))
