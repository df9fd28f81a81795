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
    prepare(site, size) {
      const opened = site.openChannel()
      const sessions = createSessions<unknown>({
        store: withoutTouch(site.store),
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
