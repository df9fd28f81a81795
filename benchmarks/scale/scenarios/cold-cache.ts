import type { ColdCache, Engine } from '../engine.ts'
import { type Figures, summarize } from '../figures.ts'
import { runRound } from '../round.ts'
import { openSessions, randomRequests, randomRow, withoutTouch } from './verify.ts'

const operations = 3_000

/**
 * The first sequential verifications on the large table with empty caches; `null` if caches cannot be
 * emptied. It runs last, so that nothing else runs with empty caches; purged sessions are looked up
 * all the same.
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
  if (active < operations / 2) throw new Error('Too few sessions exist')
  return summarize([round])
}
