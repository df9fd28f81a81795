import type { ColdCache, Engine } from '../engine.ts'
import { type Figures, summarize } from '../figures.ts'
import { runRound } from '../round.ts'
import { openSessions, randomRequests, randomRow, withoutTouch } from './verify.ts'

const operations = 3_000

/**
 * The first verifications on the large table after caches were emptied, one after the other; `null`
 * where they cannot be emptied. Comes last, for nothing else should meet empty caches: what sweeps
 * have purged by then is looked for all the same.
 */
export async function coldVerify(
  engine: Engine,
  size: number,
  level: ColdCache,
): Promise<Figures | null> {
  if (!(await engine.clearCaches(level))) return null
  const sessions = openSessions(withoutTouch(engine.main.store))
  const requests = randomRequests(() => randomRow(size), operations)
  let active = 0
  const round = await runRound(engine.meter, {
    operations,
    inFlight: 1,
    async run(index) {
      const { status } = await sessions.verify(requests[index]?.token, requests[index]?.client)
      if (status === 'active') active += 1
    },
  })
  await sessions.close()
  if (active < operations / 2) throw new Error('Too few of the sessions are there')
  return summarize([round])
}
