import { parseArgs } from 'node:util'
import { checkSessionsUnderFaults, checkStoresUnderFaults } from 'coatcheck/testing-chaos'
import { startPostgresProcess } from '../../../tools/testing/postgres-server.ts'
import { openPostgresSubject } from './chaos/postgres-subject.ts'

/**
 * Runs processes of the library on PostgreSQL under faults, for example a thousand times:
 * `npm run chaos -- --runs 1000 --seed 1`. The same seed plans the same operations and faults. `--only stores` runs one
 * part, `--bug` a bug of `test/chaos/bugs.ts`.
 */
const checks = { stores: checkStoresUnderFaults, sessions: checkSessionsUnderFaults }

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    bug: { type: 'string' },
  },
})

const server = startPostgresProcess()
try {
  const bug = values.bug === undefined ? {} : { bug: values.bug }
  await using subject = await openPostgresSubject(await server.url, bug)
  for (const [part, check] of Object.entries(checks)) {
    if (values.only !== undefined && values.only !== part) continue
    const report = await check(subject, {
      runs: Number(values.runs),
      seed: Number(values.seed),
      onProgress: (each) => {
        if (each.runs % 10 === 0) console.log(part, JSON.stringify(each))
      },
    })
    console.log(`${part}, seed ${values.seed}: 0 violations ${JSON.stringify(report)}`)
  }
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await server.stop()
}
