import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { signIn } from '../../../test/support/open-sessions.ts'
import {
  openThrottled,
  randomToken,
  testClient,
  verifyUnknownTokens,
} from '../../../test/support/unknown-tokens.ts'
import { SessionError } from '../../domain/errors.ts'
import { minute, second } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { createMemorySessionStore } from '../../stores/memory/session-store.ts'

/** Answers in a later round of the event loop, as a database does, so that reads overlap. */
function slowStore(store: SessionStore): SessionStore {
  return {
    ...store,
    async find(id) {
      await setImmediate()
      return store.find(id)
    },
  }
}

describe('concurrent requests from one IP address', () => {
  it('reach the store only up to the limit with 1 000 unknown tokens', async () => {
    const { sessions, calls, clock } = openThrottled({
      unknownTokens: {},
      store: slowStore(createMemorySessionStore()),
    })
    for (let window = 1; window <= 2; window += 1) {
      const requests = Array.from({ length: 1_000 }, () =>
        sessions.verify(randomToken(), testClient),
      )
      const statuses = (await Promise.all(requests)).map(({ status }) => status)
      expect(statuses.filter((status) => status === 'none')).toHaveLength(120)
      expect(statuses.filter((status) => status === 'throttled')).toHaveLength(880)
      expect(calls).toHaveLength(120 * window)
      clock.advance(minute)
    }
  })

  it('are all accepted with 1 000 valid tokens', async () => {
    const { sessions } = openThrottled({ store: slowStore(createMemorySessionStore()) })
    const { token } = await signIn(sessions)
    const requests = Array.from({ length: 1_000 }, () => sessions.verify(token, testClient))
    const statuses = new Set((await Promise.all(requests)).map(({ status }) => status))
    expect(statuses).toEqual(new Set(['active']))
  })

  it('are each accepted or rejected if some tokens are valid', async () => {
    const { sessions, calls } = openThrottled({ store: slowStore(createMemorySessionStore()) })
    const { token } = await signIn(sessions)
    calls.length = 0
    const tokens = Array.from({ length: 300 }, (_, n) => (n % 100 === 99 ? randomToken() : token))
    const requests = tokens.map((each) => sessions.verify(each, testClient))
    const statuses = (await Promise.all(requests)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 'none')).toHaveLength(3)
    expect(statuses.filter((status) => status === 'active')).toHaveLength(297)
    expect((await sessions.verify(token, testClient)).status).toBe('active')
    expect(await verifyUnknownTokens(sessions, 2)).toEqual(['none', 'throttled'])
  })

  it('reach a failing store only up to the limit, and block no other request', async () => {
    const store = slowStore(createMemorySessionStore())
    let isFailing = true
    const failingStore: SessionStore = {
      ...store,
      async find(id) {
        const found = await store.find(id)
        if (isFailing) throw new SessionError('store-unavailable', 'store failed')
        return found
      },
    }
    const { sessions, calls, clock } = openThrottled({ store: failingStore })
    const tokens = Array.from({ length: 20 }, randomToken)
    const outcomes = await Promise.allSettled(
      tokens.map((token) => sessions.verify(token, testClient)),
    )
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(4)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(16)
    expect(await verifyUnknownTokens(sessions, 1)).toEqual(['throttled'])
    expect(calls).toHaveLength(4)
    clock.advance(second)
    await expect(sessions.verify(randomToken(), testClient)).rejects.toThrow('store failed')
    expect(await verifyUnknownTokens(sessions, 1)).toEqual(['throttled'])
    isFailing = false
    clock.advance(minute)
    calls.length = 0
    // Nothing is known about a token whose read failed.
    for (const token of tokens.slice(0, 4)) await sessions.verify(token, testClient)
    expect(calls).toHaveLength(4)
    expect(await verifyUnknownTokens(sessions, 1)).toEqual(['throttled'])
  })
})
