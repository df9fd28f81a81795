import { expect } from 'vitest'
import { minute } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant as at } from '../builders.ts'
import { type OpenedSessionStore, sessionStoreCases } from './case.ts'

const interval = 12 * minute

function findMissing({ store }: OpenedSessionStore): string | null {
  return store.claimSweep === undefined ? 'the store has no `claimSweep`' : null
}

async function tryClaim(store: SessionStore, instant: number): Promise<boolean | undefined> {
  return store.claimSweep?.({ at: instant, interval })
}

export const sweepClaimCases = sessionStoreCases(
  'sweep claims',
  {
    async 'claimSweep allows one sweep per interval, to the millisecond'({ store, second }) {
      const answers = [
        await tryClaim(store, at),
        await tryClaim(second, at),
        await tryClaim(store, at + interval - 1),
        await tryClaim(second, at + interval),
        await tryClaim(store, at + interval),
      ]
      expect(answers).toEqual([true, false, false, true, false])
    },

    async 'claimSweep allows one of many concurrent claims'({ store, second }) {
      for (let round = 1; round <= 5; round += 1) {
        const attempts = Array.from({ length: 20 }, (_, n) =>
          tryClaim(n % 2 === 0 ? store : second, at + round * interval),
        )
        const answers = (await Promise.all(attempts)).toSorted()
        expect(answers).toEqual([...Array.from({ length: 19 }, () => false), true])
      }
    },

    async 'claimSweep tolerates small clock differences and ignores claims from the far future'({
      store,
      second,
    }) {
      const answers = [
        await tryClaim(store, at + interval),
        await tryClaim(second, at + 1),
        await tryClaim(second, at - 1),
      ]
      expect(answers).toEqual([true, false, true])
    },
  },
  findMissing,
)
