import { createSessions } from 'coatcheck'
import type { Scenario } from './scenario.ts'
import { pickFrom, randomRequests, verifications, withoutTouch } from './verify.ts'

interface CachedOptions {
  readonly rounds: number
  readonly operations: number
  /** Number of sessions that requests use, all of them cached after the first round. */
  readonly hotSessions: number
}

/** Verification from the cache, without activity. */
export function verifyingCached({ rounds, operations, hotSessions }: CachedOptions): Scenario {
  return {
    rounds,
    prepare(database, size) {
      const opened = database.openChannel()
      const sessions = createSessions<unknown>({
        store: withoutTouch(database.store),
        data: { initial: {} },
        cache: { channel: opened.channel },
      })
      const pick = pickFrom(size, hotSessions)
      return {
        next: () =>
          verifications(sessions, { requests: randomRequests(pick, operations), inFlight: 1 }),
        async close() {
          await sessions.close()
          opened[Symbol.dispose]()
        },
      }
    },
  }
}
