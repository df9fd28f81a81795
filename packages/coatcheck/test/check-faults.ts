import { parseArgs } from 'node:util'
import { checkStoresUnderFaults } from 'coatcheck/testing-chaos'
import { startPostgresProcess } from '../../../tools/testing/postgres-server.ts'
import { openPostgresSubject } from './chaos/postgres-subject.ts'

/**
 * Runs processes of the library on PostgreSQL under faults, for example a thousand times:
 * `npm run chaos -- --runs 1000 --seed 1`. The same seed plans the same operations and faults. `--only stores` runs one
 * part, `--bug` a bug of `test/chaos/bugs.ts`.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    bug: { type: 'string' },
  },
})

const server = startPostgresProcess()
try {
  const bug = values.bug === undefined ? {} : { bug: values.bug }
  await using subject = await openPostgresSubject(await server.url, bug)
  const report = await checkStoresUnderFaults(subject, {
    runs: Number(values.runs),
    seed: Number(values.seed),
    onProgress: (each) => {
      if (each.runs % 10 === 0) console.log(JSON.stringify(each))
    },
  })
  console.log(`seed ${values.seed}: 0 violations ${JSON.stringify(report)}`)
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await server.stop()
}
