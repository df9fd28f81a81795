import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cases } from './cases/all-cases.ts'
import { measureChecks } from './harness/checks.ts'
import { describeMachine, readVersions } from './harness/machine.ts'
import { measureServers } from './harness/measure-servers.ts'
import { type BenchOptions, readOptions, usage } from './harness/options.ts'
import { startPostgres } from './harness/postgres-server.ts'
import { topFunctions } from './harness/profile.ts'
import { measurePropagation } from './harness/propagation.ts'
import { saveResults } from './harness/save-results.ts'
import { reportOf } from './report/report.ts'

const options = readOptions(process.argv.slice(2), cases)
if (options === null) {
  const names = cases.map(({ name, title }) => `${name.padEnd(32)}${title}`)
  console.log(`${usage}\n${names.join('\n')}`)
} else {
  await main(options)
}

async function main(chosen: BenchOptions): Promise<void> {
  const started = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bench-'))
  const postgres = await startPostgres()
  try {
    const context = { postgres, folder, log: (progress: string) => console.log(`… ${progress}`) }
    const results = {
      facts: {
        date: new Date().toISOString(),
        machine: describeMachine(postgres.version),
        versions: readVersions(),
        settings: {
          sessions: chosen.sessions,
          connections: chosen.connections,
          rounds: chosen.rounds,
          measured: chosen.measured,
        },
      },
      cases: chosen.parts.includes('servers') ? await measureServers(context, chosen) : [],
      checks: chosen.parts.includes('checks') ? await measureChecks(context, chosen) : [],
      propagation: chosen.parts.includes('propagation')
        ? await measurePropagation(context, chosen)
        : [],
    }
    console.log(`\n${reportOf(results)}`)
    saveResults(results, chosen.isFullRun)
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  if (chosen.profile !== null) console.log(topFunctions(chosen.profile))
  console.log(`\nTook ${((performance.now() - started) / 60_000).toFixed(1)} minutes.`)
}
