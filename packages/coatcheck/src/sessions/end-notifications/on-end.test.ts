import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCachedNodes } from '../../../test/support/open-cached-sessions.ts'
import { openSessions, signIn } from '../../../test/support/open-sessions.ts'
import { SessionError } from '../../domain/errors.ts'
import { hour, minute, second } from '../../domain/time.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { createMemorySessionStore } from '../../stores/memory/session-store.ts'

const ended = { reason: 'ended-by-user' } as const

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A process without cache on a store that others use too, and that can fail. */
function openProcess(shared: SessionStore = createMemorySessionStore()) {
  let failure: SessionError | null = null
  let reads = 0
  const find: SessionStore['find'] = async (id) => {
    reads += 1
    if (failure !== null) throw failure
    return shared.find(id)
  }
  const opened = openSessions({ store: { ...shared, find } })
  return {
    ...opened,
    shared,
    reads: () => reads,
    fail(error: SessionError | null) {
      failure = error
    },
    /** Lets time pass, and the reads that it causes complete. */
    async pass(length: number) {
      for (let passed = 0; passed < length; passed += second) {
        opened.clock.advance(second)
        await vi.advanceTimersByTimeAsync(second)
      }
    },
  }
}

const storeFailure = new SessionError('store-unavailable', 'planted by the test')

describe('end of a session', () => {
  it('is reported at once, to every callback, if this process ends it', async () => {
    const { sessions } = openProcess()
    const { session } = await signIn(sessions)
    const other = await signIn(sessions)
    const calls: string[] = []
    sessions.onEnd(session.id, (reason) => calls.push(`one ${reason}`))
    sessions.onEnd(session.id, () => {
      throw new Error('planted by the test')
    })
    sessions.onEnd(session.id, (reason) => calls.push(`two ${reason}`))
    sessions.onEnd(other.session.id, (reason) => calls.push(`other ${reason}`))
    await sessions.revoke('user-1', session.id, ended)
    expect(calls).toEqual(['one ended-by-user', 'two ended-by-user'])
  })

  it('is reported for every way in which this process ends sessions', async () => {
    const { sessions } = openSessions({ maxSessionsPerUser: 2 })
    const calls: string[] = []
    async function watched(rest: object = {}) {
      const issued = await signIn(sessions, 'user-1', rest)
      sessions.onEnd(issued.session.id, (reason) => calls.push(reason))
      return issued
    }
    await watched()
    const second = await watched()
    await watched()
    expect(calls).toEqual(['session-cap'])
    await watched({ presentedToken: second.token })
    expect(calls).toEqual(['session-cap', 'signed-in-again'])
    await sessions.revokeAllForUser('user-1', { reason: 'password-changed' })
    expect(calls.slice(2)).toEqual(['password-changed', 'password-changed'])
  })

  it('is reported when another process ends it: within 10 seconds without a cache', async () => {
    const here = openProcess()
    const there = openProcess(here.shared)
    const { session } = await signIn(here.sessions)
    const onEnd = vi.fn()
    here.sessions.onEnd(session.id, onEnd)
    await here.pass(minute)
    // One read at the beginning, and one in every ten seconds.
    expect(here.reads()).toBe(7)
    await there.sessions.revoke('user-1', session.id, ended)
    await here.pass(10 * second)
    expect(onEnd.mock.calls).toEqual([['ended-by-user']])
    const reads = here.reads()
    await here.pass(minute)
    expect(here.reads()).toBe(reads)
  })

  it('is reported if the session has already ended, or its record was deleted', async () => {
    const { sessions, shared, clock, pass } = openProcess()
    const first = await signIn(sessions)
    const deleted = await signIn(sessions)
    for (const { session } of [first, deleted]) {
      await sessions.revoke('user-1', session.id, ended)
    }
    const calls: string[] = []
    sessions.onEnd(first.session.id, (reason) => calls.push(reason))
    await pass(second)
    expect(calls).toEqual(['ended-by-user'])
    await shared.purge(clock.now() + 1, 10)
    sessions.onEnd(deleted.session.id, (reason) => calls.push(reason))
    await pass(second)
    expect(calls).toEqual(['ended-by-user', 'deleted'])
  })

  it('is reported at the absolute timeout, whatever the activity', async () => {
    const timeouts = { absolute: hour, idle: hour - 1 }
    const { sessions, clock } = openSessions({ timeouts })
    const { token, session } = await signIn(sessions)
    const onEnd = vi.fn()
    sessions.onEnd(session.id, onEnd)
    clock.advance(hour - second)
    await sessions.verify(token)
    await vi.advanceTimersByTimeAsync(second)
    expect(onEnd).not.toHaveBeenCalled()
    clock.advance(second)
    await vi.advanceTimersByTimeAsync(second)
    expect(onEnd.mock.calls).toEqual([['absolute-timeout']])
  })

  it('is reported one minute after the idle timeout, and not while there is activity', async () => {
    const { sessions, clock } = openProcess()
    const { token, session } = await signIn(sessions)
    const onEnd = vi.fn()
    sessions.onEnd(session.id, onEnd)
    clock.advance(20 * minute)
    await sessions.verify(token)
    clock.advance(20 * minute)
    await vi.advanceTimersByTimeAsync(second)
    clock.advance(11 * minute - 1)
    await vi.advanceTimersByTimeAsync(second)
    expect(onEnd).not.toHaveBeenCalled()
    clock.advance(1)
    await vi.advanceTimersByTimeAsync(second)
    expect(onEnd.mock.calls).toEqual([['idle-timeout']])
  })

  it('is not reported for a failing store or an unreadable record, but afterwards', async () => {
    const here = openProcess()
    const { session } = await signIn(here.sessions)
    const onEnd = vi.fn()
    here.sessions.onEnd(session.id, onEnd)
    await openProcess(here.shared).sessions.revoke('user-1', session.id, ended)
    here.fail(storeFailure)
    await here.pass(5 * minute)
    here.fail(new SessionError('corrupt-record', 'planted by the test'))
    await here.pass(5 * minute)
    expect(onEnd).not.toHaveBeenCalled()
    here.fail(null)
    await here.pass(10 * second)
    expect(onEnd.mock.calls).toEqual([['ended-by-user']])
  })

  it('is not reported for rotations, step-ups and changes of data', async () => {
    const { sessions, pass } = openProcess()
    const { token, session } = await signIn(sessions)
    const onEnd = vi.fn()
    sessions.onEnd(session.id, onEnd)
    const rotated = await sessions.rotate(token)
    if (rotated.status === 'rotated') await sessions.stepUp(rotated.token)
    await sessions.saveData(session.id, { items: 1 })
    await pass(minute)
    expect(onEnd).not.toHaveBeenCalled()
  })

  it('is not reported after the callback was removed, nor after close', async () => {
    const { sessions, reads, pass } = openProcess()
    const [one, two] = [await signIn(sessions), await signIn(sessions)]
    const onEnd = vi.fn()
    const stop = sessions.onEnd(one.session.id, onEnd)
    const kept = vi.fn()
    sessions.onEnd(one.session.id, kept)
    stop()
    stop()
    await sessions.revoke('user-1', one.session.id, ended)
    expect([onEnd.mock.calls, kept.mock.calls]).toEqual([[], [['ended-by-user']]])
    sessions.onEnd(two.session.id, onEnd)
    await pass(second)
    const readsBefore = reads()
    await sessions.close()
    await pass(minute)
    expect(onEnd).not.toHaveBeenCalled()
    expect(reads()).toBe(readsBefore)
    expect(() => sessions.onEnd(two.session.id, onEnd)).toThrow(
      expect.objectContaining({ code: 'closed' }),
    )
  })

  it('is not watched for a token, which was passed as an id by mistake', async () => {
    const { sessions } = openSessions()
    const { token } = await signIn(sessions)
    expect(() => sessions.onEnd(token, () => {})).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    )
  })

  it('is watched with one timer for all sessions, which stops with the last', async () => {
    const { sessions, fail, reads, pass } = openProcess()
    expect(vi.getTimerCount()).toBe(0)
    const stops: (() => void)[] = []
    for (let count = 0; count < 15; count += 1) {
      const { session } = await signIn(sessions)
      stops.push(sessions.onEnd(session.id, () => {}))
    }
    expect(vi.getTimerCount()).toBe(1)
    await pass(second)
    // A failing store gets one read at a time, and not one for each session.
    fail(storeFailure)
    await pass(20 * second)
    const before = reads()
    await pass(second)
    expect(reads() - before).toBeLessThanOrEqual(5)
    for (const stop of stops) stop()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('end of a session, with a cache', () => {
  it('is reported when the channel delivers it, without reads before', async () => {
    await using nodes = openCachedNodes()
    const [here, there] = [nodes.node(), nodes.node()]
    const { session } = await signIn(here.sessions)
    const onEnd = vi.fn()
    here.sessions.onEnd(session.id, onEnd)
    nodes.advance(100)
    await vi.advanceTimersByTimeAsync(0)
    here.calls.length = 0
    nodes.advance(30 * second)
    await vi.advanceTimersByTimeAsync(0)
    expect(here.calls).toEqual([])
    await there.sessions.revoke('user-1', session.id, ended)
    await vi.advanceTimersByTimeAsync(0)
    expect(onEnd.mock.calls).toEqual([['ended-by-user']])
    expect(here.calls).toEqual(['find'])
  })

  it('is reported within 10 seconds and the lease if the channel is silent', async () => {
    await using nodes = openCachedNodes()
    const [here, there] = [nodes.node(), nodes.node()]
    const { session } = await signIn(here.sessions)
    const onEnd = vi.fn()
    here.sessions.onEnd(session.id, onEnd)
    nodes.advance(second)
    await vi.advanceTimersByTimeAsync(0)
    here.channelControl.pause()
    await there.sessions.revoke('user-1', session.id, ended)
    nodes.advance(9 * second)
    await vi.advanceTimersByTimeAsync(0)
    expect(onEnd).not.toHaveBeenCalled()
    nodes.advance(4 * second)
    await vi.advanceTimersByTimeAsync(0)
    expect(onEnd.mock.calls).toEqual([['ended-by-user']])
  })

  it('is reported after a reset of the channel, which may have missed it', async () => {
    await using nodes = openCachedNodes()
    const { sessions, channelControl } = nodes.node()
    const { session } = await signIn(sessions)
    const onEnd = vi.fn()
    sessions.onEnd(session.id, onEnd)
    nodes.advance(second)
    await vi.advanceTimersByTimeAsync(0)
    channelControl.pause()
    await nodes.memoryStore.end(session.id, { ...ended, at: nodes.clock.now(), by: null })
    for (const listener of channelControl.listeners) listener.onReset()
    await vi.advanceTimersByTimeAsync(0)
    expect(onEnd.mock.calls).toEqual([['ended-by-user']])
  })
})
