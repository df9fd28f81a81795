import { afterEach, describe, expect, it, vi } from 'vitest'
import { openSessions, signIn, spyOn } from '../../test/support/open-sessions.ts'
import { minute, second } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import type { SessionsOptions } from './options.ts'

type ActivityWrites = NonNullable<SessionsOptions<object>['activityWrites']>

afterEach(() => vi.restoreAllMocks())

/** A new process on the same store, as a serverless platform starts it for each request. */
function openProcess(
  store: SessionStore,
  clock: { now(): number },
  writes: ActivityWrites = 'immediate',
) {
  const opened = openSessions({ store, activityWrites: writes, activityPrecision: minute })
  opened.clock.set(clock.now())
  return opened
}

async function openServerless(overrides: Partial<SessionStore> = {}) {
  const { store, calls } = spyOn({ ...createMemorySessionStore(), ...overrides })
  const first = openSessions({ store, activityWrites: 'immediate', activityPrecision: minute })
  const { token, session } = await signIn(first.sessions)
  return {
    ...first,
    store,
    token,
    id: session.id,
    countWrites: () => calls.filter((call) => call === 'touch').length,
  }
}

describe('activity that is written at once', () => {
  it('keeps an active user signed in, although every process is discarded after its request', async () => {
    const { store, clock, token, countWrites } = await openServerless()

    for (let request = 0; request < 20; request += 1) {
      clock.advance(10 * minute)
      const { sessions } = openProcess(store, clock)
      expect((await sessions.verify(token)).status).toBe('active')
    }
    expect(countWrites()).toBe(20)
  })

  it('is lost in such a process if it is batched, which ends the session', async () => {
    const { store, clock, token } = await openServerless()

    for (let request = 0; request < 3; request += 1) {
      clock.advance(10 * minute)
      await openProcess(store, clock, 'batched').sessions.verify(token)
    }

    const { sessions } = openProcess(store, clock)
    expect(await sessions.verify(token)).toMatchObject({ status: 'ended', reason: 'idle-timeout' })
  })

  it('is written before verify returns, and not again within the precision', async () => {
    const { sessions, store, clock, token, id, countWrites } = await openServerless()
    clock.advance(minute - 1)
    await sessions.verify(token)
    expect(countWrites()).toBe(0)

    clock.advance(1)
    await Promise.all(Array.from({ length: 50 }, () => sessions.verify(token)))
    expect((await store.find(id))?.lastActivityAt).toBe(clock.now())
    clock.advance(minute - 1)
    await sessions.verify(token)
    expect(countWrites()).toBe(1)
  })

  it('is not written for a request that does not count as activity', async () => {
    const { sessions, clock, token, countWrites } = await openServerless()
    clock.advance(minute)
    await sessions.verify(token, undefined, { touch: false })
    expect(countWrites()).toBe(0)
  })

  it('starts no timer', async () => {
    const { sessions, clock, token } = await openServerless()
    const timers = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval')]
    clock.advance(minute)
    await sessions.verify(token)

    expect(timers.map(({ mock }) => mock.calls.length)).toEqual([0, 0])
  })

  it('whose write fails is reported, and the user stays signed in', async () => {
    let isFailing = true
    const memory = createMemorySessionStore()
    const opened = await openServerless({
      ...memory,
      touch: (...args) =>
        isFailing ? Promise.reject(new Error('read-only')) : memory.touch(...args),
    })
    const { sessions, clock, token, events, countWrites } = opened
    clock.advance(minute)
    expect((await sessions.verify(token)).status).toBe('active')
    expect(events).toContainEqual({ type: 'activity-lost', at: clock.now(), count: 1 })

    isFailing = false
    await sessions.verify(token)
    expect(countWrites()).toBe(2)
  })

  it('is handed to waitUntil, and the response does not wait for it', async () => {
    const { store, clock, token, id } = await openServerless()
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const slow: SessionStore = {
      ...store,
      touch: async (...args) => {
        await gate
        return store.touch(...args)
      },
    }
    const handedOver: Promise<void>[] = []
    clock.advance(10 * minute)
    const { sessions } = openProcess(slow, clock, (write) => handedOver.push(write))

    expect((await sessions.verify(token)).status).toBe('active')
    expect((await store.find(id))?.lastActivityAt).toBeLessThan(clock.now())
    open()
    await Promise.all(handedOver)
    expect(handedOver).toHaveLength(1)
    expect((await store.find(id))?.lastActivityAt).toBe(clock.now())
  })

  it('is awaited by the request if waitUntil throws, as outside a request', async () => {
    const { store, clock, token, id } = await openServerless()
    clock.advance(10 * minute)
    const { sessions } = openProcess(store, clock, () => {
      throw new Error('waitUntil outside a request')
    })

    expect((await sessions.verify(token)).status).toBe('active')
    expect((await store.find(id))?.lastActivityAt).toBe(clock.now())
  })

  it('that is in progress is written before close returns', async () => {
    const { store, clock, token, id } = await openServerless()
    clock.advance(10 * second + minute)
    const { sessions } = openProcess(store, clock, () => {})
    await sessions.verify(token)
    await sessions.close()

    expect((await store.find(id))?.lastActivityAt).toBe(clock.now())
  })
})

it.each(['never', {}])('activityWrites rejects %j', (writes) => {
  const create = () => openSessions({ activityWrites: writes as unknown as 'immediate' })
  expect(create).toThrow(expect.objectContaining({ code: 'invalid-option' }))
})
