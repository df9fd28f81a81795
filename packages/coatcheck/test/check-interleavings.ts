import { parseArgs } from 'node:util'
import { checkCacheInterleavings } from './support/cache-interleavings.ts'
import { checkGrantInterleavings } from './support/grant-interleavings.ts'

const checks = { sessions: checkCacheInterleavings, grants: checkGrantInterleavings }

/**
 * Checks many interleavings of the verification cache with sessions and with grants, for example a million of each:
 * `npm run interleavings -- --runs 1000000 --seed 1`. The same seed generates the same ones. `--only grants` checks one
 * kind.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})

const runs = Number(values.runs)
/** Each part has its own seed, so that a failure can be replayed quickly. */
const runsPerPart = 10_000

for (const [kind, check] of Object.entries(checks)) {
  if (values.only !== undefined && values.only !== kind) continue
  for (let done = 0; done < runs; done += runsPerPart) {
    const seed = Number(values.seed) + done / runsPerPart
    await check({ runs: Math.min(runsPerPart, runs - done), seed })
  }
  console.log(`${runs} interleavings of ${kind} from seed ${values.seed}: 0 violations`)
}
