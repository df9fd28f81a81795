import { parseArgs } from 'node:util'
import { checkCacheInterleavings } from './support/cache-interleavings.ts'

/**
 * Checks many interleavings of the verification cache, for example a million:
 * `npm run interleavings -- --runs 1000000 --seed 1`. The same seed generates the same ones.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
})

const runs = Number(values.runs)
/** Each part has its own seed, so that a failure can be replayed quickly. */
const runsPerPart = 10_000

for (let done = 0; done < runs; done += runsPerPart) {
  const seed = Number(values.seed) + done / runsPerPart
  await checkCacheInterleavings({ runs: Math.min(runsPerPart, runs - done), seed })
}
console.log(`${runs} interleavings from seed ${values.seed}: 0 violations`)
