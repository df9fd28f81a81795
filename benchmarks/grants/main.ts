import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from '../harness/machine.ts'
import { measureVerifications } from './measure.ts'
import { toMarkdown } from './report.ts'

/**
 * Compares the verification of a cached access token with that of a cached session, in one process on SQLite:
 * `npm run bench:grants -- --quick`. Takes about a minute. Only a full run replaces `benchmarks/results/grants.md`.
 */
async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean' } } })
  const machine = describeMachine('')
  const size = values.quick
    ? { tokens: 1_000, verifications: 20_000, rounds: 3 }
    : { tokens: 10_000, verifications: 300_000, rounds: 11 }
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-grants-'))
  try {
    const measured = await measureVerifications(join(folder, 'grants.db'), size)
    const markdown = toMarkdown(machine, size, measured)
    console.log(markdown)
    if (values.quick) return
    const results = fileURLToPath(new URL('../results/', import.meta.url))
    mkdirSync(results, { recursive: true })
    writeFileSync(`${results}grants.md`, markdown)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// Temporary data is also removed when the process is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

await main(process.argv.slice(2))
