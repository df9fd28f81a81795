import { expect, it } from 'vitest'
import { checkSequences } from './support/sequences/check-sequences.ts'

/** `npm run sequences` checks ten thousand. */
const { SEQUENCES = '40', SEQUENCES_SEED = '11' } = process.env
const runs = Number(SEQUENCES)
/** Each part has its own seed and database, so that a failure can be replayed quickly. */
const runsPerPart = 500

it('no generated sequence ends in a session whose level was not shown', async () => {
  const totals = { sequences: 0, actions: 0, level1: 0, level2: 0 }
  for (let done = 0; done < runs; done += runsPerPart) {
    const part = { runs: Math.min(runsPerPart, runs - done) }
    const seed = Number(SEQUENCES_SEED) + done / runsPerPart
    const { actions, sessions } = await checkSequences({ ...part, seed })
    totals.sequences += part.runs
    totals.actions += actions
    totals.level1 += sessions[1]
    totals.level2 += sessions[2]
  }
  // The figures of `npm run sequences`.
  if (runs > runsPerPart) console.log(totals)
  expect(totals.level1).toBeGreaterThan(runs / 2)
  expect(totals.level2).toBeGreaterThan(runs / 2)
}, 3_600_000)
