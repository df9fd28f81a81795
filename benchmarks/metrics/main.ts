import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort } from '../../tools/testing/free-port.ts'
import { describeMachine } from '../harness/machine.ts'
import { type AppServer, startApp } from '../overload/app-server.ts'
import { measureRounds, type Round, requestsTo } from './measure.ts'
import { toMarkdown } from './report.ts'

const results = fileURLToPath(new URL('../results/', import.meta.url))

/**
 * Compares the processor time of requests to the built app with and without metrics, on SQLite:
 * `npm run bench:metrics -- --quick`. Each pair of processes is new, because the compiler optimizes each differently. Takes
 * about five minutes and uses the loopback interface only. Only a full run replaces `benchmarks/results/metrics.md`.
 */
async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: 'boolean' } } })
  const machine = describeMachine('')
  const size = values.quick
    ? { pairs: 2, rounds: 8, requests: 300 }
    : { pairs: 5, rounds: 20, requests: 1_000 }
  const rounds: Round[] = []
  for (let pair = 0; pair < size.pairs; pair += 1) {
    console.log(`… pair ${pair + 1} of ${size.pairs}`)
    rounds.push(...(await measurePair(size)))
  }
  const markdown = toMarkdown(machine, size, rounds)
  console.log(markdown)
  if (values.quick) return
  mkdirSync(results, { recursive: true })
  writeFileSync(`${results}metrics.md`, markdown)
}

async function measurePair(size: { readonly rounds: number; readonly requests: number }) {
  const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-metrics-'))
  const start = (name: string, address: string): Promise<AppServer> =>
    startApp(`sqlite:${join(folder, name)}`, address)
  try {
    await using plain = await start('plain.db', 'off')
    await using measured = await start('measured.db', `127.0.0.1:${await freePort()}`)
    const rounds: Round[] = []
    for (const request of requestsTo(plain)) {
      rounds.push(...(await measureRounds({ plain, measured }, { request, ...size })))
    }
    return rounds
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// Temporary data is also removed when the process is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

await run(process.argv.slice(2))
