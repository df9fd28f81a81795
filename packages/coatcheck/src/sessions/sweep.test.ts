import { afterEach, describe, expect, it, vi } from 'vitest'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import { day, hour, minute } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('sweep', () => {
  it('ends expired sessions with their timeout and leaves the others active', async () => {
    const { sessions, clock, events } = openSessions()
    const idle = await signIn(sessions)
    const remembered = await signIn(sessions, 'user-1', { remember: true })
    clock.advance(hour)
    const live = await signIn(sessions)
    expect(await sessions.sweep()).toEqual({ expired: 1, purged: 0 })
    expect(events.at(-1)).toMatchObject({
      type: 'session-expired',
      reason: 'idle-timeout',
      sessionId: idle.session.id,
    })
    expect((await sessions.verify(live.token)).status).toBe('active')
    expect((await sessions.verify(remembered.token)).status).toBe('active')
  })

  it('waits one minute for activity that another process has not written yet', async () => {
    const { sessions, clock } = openSessions()
    await signIn(sessions)
    clock.advance(30 * minute + minute - 1)
    expect(await sessions.sweep()).toEqual({ expired: 0, purged: 0 })
    clock.advance(1)
    expect(await sessions.sweep()).toEqual({ expired: 1, purged: 0 })
  })

  it('purges sessions that ended before the retention time and no others', async () => {
    const { sessions, clock, store } = openSessions({ retention: 7 * day })
    const { session } = await signIn(sessions)
    await sessions.revokeSessionOfAnyUser(session.id, { reason: 'signed-out' })
    clock.advance(7 * day)
    expect(await sessions.sweep()).toEqual({ expired: 0, purged: 0 })
    clock.advance(1)
    expect(await sessions.sweep()).toEqual({ expired: 0, purged: 1 })
    expect(await store.find(session.id)).toBeNull()
  })

  it('sweeps more sessions than one batch holds', async () => {
    const { sessions, clock } = openSessions()
    for (let user = 0; user < 2_500; user += 1) await signIn(sessions, `user-${user}`)
    clock.advance(day)
    expect(await sessions.sweep()).toEqual({ expired: 2_500, purged: 0 })
    clock.advance(31 * day)
    expect(await sessions.sweep()).toEqual({ expired: 0, purged: 2_500 })
  })

  it('uses the batch size that the store requests', async () => {
    const memory = createMemorySessionStore()
    const limits = new Set<number>()
    const store: SessionStore = {
      ...memory,
      sweepBatch: 10,
      endExpired(sweep) {
        limits.add(sweep.limit)
        return memory.endExpired(sweep)
      },
      purge(endedBefore, limit) {
        limits.add(limit)
        return memory.purge(endedBefore, limit)
      },
    }
    for (const options of [{}, { cache: { channel: memory.revocations } }]) {
      const { sessions, clock } = openSessions({ store, ...options })
      for (let user = 0; user < 25; user += 1) await signIn(sessions, `user-${user}`)
      clock.advance(day)
      expect(await sessions.sweep()).toEqual({ expired: 25, purged: 0 })
      clock.advance(31 * day)
      expect(await sessions.sweep()).toEqual({ expired: 0, purged: 25 })
      await sessions.close()
    }
    expect([...limits]).toEqual([10])
  })

  it.each([0, 1.5, 10_001])('rejects a batch size of %d', (sweepBatch) => {
    const store = { ...createMemorySessionStore(), sweepBatch }
    expect(() => openSessions({ store })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })

  it('yields to the event loop between batches', async () => {
    const { sessions } = openSessions()
    for (let user = 0; user < 2_500; user += 1) await signIn(sessions, `user-${user}`)
    const order: string[] = []
    setImmediate(() => order.push('other work'))
    await sessions.sweep()
    order.push('swept')
    expect(order).toEqual(['other work', 'swept'])
  })

  it('stops after the batch in progress before close returns', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const memory = createMemorySessionStore()
    let resolveBatch: () => void = () => {}
    const calls: string[] = []
    const store = {
      ...memory,
      async endExpired() {
        calls.push('endExpired')
        await new Promise<void>((resolve) => {
          resolveBatch = resolve
        })
        calls.push('answered')
        return { ended: [], next: 'more' }
      },
      async purge() {
        calls.push('purge')
        return 0
      },
    }
    const { sessions, events } = openSessions({ store })
    sessions.startSweeping()
    await vi.advanceTimersByTimeAsync(17 * minute)
    const closed = sessions.close().then(() => calls.push('closed'))
    await new Promise((resolve) => setImmediate(resolve))
    resolveBatch()
    await closed
    expect(calls).toEqual(['endExpired', 'answered', 'closed'])
    expect(events).toEqual([])
  })

  it('does not keep the process running with its timer', async () => {
    const { sessions } = openSessions()
    const before = process.getActiveResourcesInfo()
    sessions.startSweeping()
    expect(process.getActiveResourcesInfo()).toEqual(before)
    await sessions.close()
  })

  it('runs about every 15 minutes from startSweeping until close', async () => {
    vi.useFakeTimers()
    const memory = createMemorySessionStore()
    const endExpired = vi.fn(memory.endExpired)
    const { sessions } = openSessions({ store: { ...memory, endExpired } })
    expect(vi.getTimerCount()).toBe(0)
    sessions.startSweeping()
    sessions.startSweeping()
    await vi.advanceTimersByTimeAsync(13 * minute)
    expect(endExpired).toHaveBeenCalledTimes(0)
    await vi.advanceTimersByTimeAsync(4 * minute)
    expect(endExpired).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(17 * minute)
    expect(endExpired).toHaveBeenCalledTimes(2)
    await sessions.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    [0x00, 13.5],
    [0xff, 16.5],
  ])('shifts the interval by up to a tenth: random byte %d, %d min', async (byte, minutes) => {
    vi.useFakeTimers()
    const memory = createMemorySessionStore()
    const endExpired = vi.fn(memory.endExpired)
    const random = { bytes: (count: number) => new Uint8Array(count).fill(byte) }
    const { sessions } = openSessions({ store: { ...memory, endExpired }, random })
    sessions.startSweeping()
    await vi.advanceTimersByTimeAsync(minutes * minute - 1)
    expect(endExpired).toHaveBeenCalledTimes(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(endExpired).toHaveBeenCalledTimes(1)
    await sessions.close()
  })

  it('runs in one of several processes if the store supports claims', async () => {
    vi.useFakeTimers()
    const memory = createMemorySessionStore()
    const endExpired = vi.fn(memory.endExpired)
    let lastClaimedAt = Number.NEGATIVE_INFINITY
    const store: SessionStore = {
      ...memory,
      endExpired,
      async claimSweep({ at, interval }) {
        if (lastClaimedAt + interval > at) return false
        lastClaimedAt = at
        return true
      },
    }
    const cache = { channel: memory.revocations }
    const nodes = [openSessions({ store }), openSessions({ store, cache }), openSessions({ store })]
    for (const { sessions } of nodes) sessions.startSweeping()
    for (let elapsed = 0; elapsed < 60 * minute; elapsed += minute) {
      for (const { clock } of nodes) clock.advance(minute)
      await vi.advanceTimersByTimeAsync(minute)
    }
    // About every 15 minutes, not three times as often.
    expect(endExpired.mock.calls.length).toBeGreaterThanOrEqual(3)
    expect(endExpired.mock.calls.length).toBeLessThanOrEqual(5)
    // An explicit sweep needs no claim.
    endExpired.mockClear()
    for (const { sessions } of nodes) await sessions.sweep()
    expect(endExpired).toHaveBeenCalledTimes(3)
    for (const { sessions } of nodes) await sessions.close()
  })

  it('reports a failing store and tries again', async () => {
    vi.useFakeTimers()
    const memory = createMemorySessionStore()
    const endExpired = vi.fn(memory.endExpired).mockRejectedValueOnce(new Error('store failed'))
    const { sessions, events } = openSessions({ store: { ...memory, endExpired } })
    sessions.startSweeping()
    await vi.advanceTimersByTimeAsync(17 * minute)
    expect(events).toMatchObject([{ type: 'store-failed' }, { type: 'sweep-failed' }])
    await vi.advanceTimersByTimeAsync(17 * minute)
    expect(endExpired).toHaveBeenCalledTimes(2)
    await sessions.close()
  })
})
