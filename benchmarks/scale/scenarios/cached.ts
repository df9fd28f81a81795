import { createSessions } from 'coatcheck'
import type { Scenario } from './scenario.ts'
import { pickFrom, randomRequests, verifications, withoutTouch } from './verify.ts'

interface CachedOptions {
  readonly rounds: number
  readonly operations: number
  /** Sessions that the requests are about, all of them in memory after the first round. */
  readonly hotSessions: number
}

/** Verification from memory, activity left out. */
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
