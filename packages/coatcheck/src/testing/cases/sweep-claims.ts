import { expect } from 'vitest'
import { minute } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { anInstant as at } from '../builders.ts'
import { contractCases } from '../contract-case.ts'

const pause = 12 * minute

/** Whether a sweep may begin; always where the store keeps no claims, as its leaving them out says. */
async function claims(store: SessionStore, instant: number): Promise<boolean | 'not kept'> {
  return store.claimSweep === undefined ? 'not kept' : store.claimSweep({ at: instant, pause })
}

function expectAnswers(store: SessionStore, answers: unknown, expected: readonly boolean[]): void {
  const kept = store.claimSweep !== undefined
  expect(answers).toEqual(kept ? expected : expected.map(() => 'not kept'))
}

export const sweepClaimCases = contractCases('claiming a sweep', {
  async 'lets one begin, and no other within the pause, to the millisecond'({ store, second }) {
    const answers = [
      await claims(store, at),
      await claims(second, at),
      await claims(store, at + pause - 1),
      await claims(second, at + pause),
      await claims(store, at + pause),
    ]
    expectAnswers(store, answers, [true, false, false, true, false])
  },

  async 'lets one of many begin that ask at once'({ store, second }) {
    for (let round = 1; round <= 5; round += 1) {
      const asked = Array.from({ length: 20 }, (_, n) =>
        claims(n % 2 === 0 ? store : second, at + round * pause),
      )
      const answers = (await Promise.all(asked)).toSorted()
      expectAnswers(store, answers, [...Array.from({ length: 19 }, () => false), true])
    }
  },

  async 'holds for clocks that differ a little, and is kept from nobody by one that was wrong'({
    store,
    second,
  }) {
    const answers = [
      await claims(store, at + pause),
      await claims(second, at + 1),
      await claims(second, at - 1),
    ]
    expectAnswers(store, answers, [true, false, true])
  },
})
