import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../harness/machine.ts'
import { startPostgres } from '../harness/postgres-server.ts'
import { startApp } from './app-server.ts'
import { type Measurement, measureLoads } from './measure.ts'
import { toMarkdown } from './report.ts'

/**
 * Measures how long health checks and redirects take while other clients overload the app, and its memory, on SQLite and
 * PostgreSQL: `npm run bench:overload -- --only sqlite`. Takes about two minutes, uses the loopback interface only, and
 * removes its data. Only a full run replaces `benchmarks/results/overload.md`.
 */
async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { only: { type: 'string' } } })
  const machine = describeMachine('')
  const measurements: Measurement[] = []
  if (values.only !== 'postgres') measurements.push(...(await onSqlite()))
  if (values.only !== 'sqlite') measurements.push(...(await onPostgres()))
  const markdown = toMarkdown(machine, measurements)
  console.log(markdown)
  if (values.only !== undefined) return
  const folder = fileURLToPath(new URL('../results/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}overload.md`, markdown)
}

async function onSqlite(): Promise<readonly Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-overload-'))
  try {
    return await measure('SQLite', `sqlite:${join(folder, 'overload.db')}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function onPostgres(): Promise<readonly Measurement[]> {
  const postgres = await startPostgres()
  try {
    return await measure('PostgreSQL', await postgres.create('overload'))
  } finally {
    await postgres.stop()
  }
}

async function measure(database: string, url: string): Promise<readonly Measurement[]> {
  await using app = await startApp(url)
  return await measureLoads(app, database)
}

// Temporary data is also removed when the process is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

await main(process.argv.slice(2))
