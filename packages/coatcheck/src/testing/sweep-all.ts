import type { EndedSession, ExpirySweep, SessionStore } from '../ports/session-store.ts'

/** Sweeps all pages and returns the sessions that ended. */
export async function sweepAll(
  store: SessionStore,
  sweep: ExpirySweep,
): Promise<readonly EndedSession[]> {
  const ended: EndedSession[] = []
  let cursor = sweep.cursor
  for (let calls = 0; calls < 1000; calls += 1) {
    const outcome = await store.endExpired({ ...sweep, cursor })
    if (outcome.ended.length > sweep.limit) throw new Error('The sweep ended more than its limit')
    ended.push(...outcome.ended)
    if (outcome.next === null) return ended
    cursor = outcome.next
  }
  throw new Error('The sweep did not end after 1000 pages')
}
