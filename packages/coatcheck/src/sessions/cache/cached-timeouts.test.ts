import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../../test/support/open-cached-sessions.ts'
import { signIn } from '../../../test/support/open-sessions.ts'
import { hour, minute, second } from '../../domain/time.ts'

describe('cached session timeouts', () => {
  it('end a cached session at the idle timeout, to the millisecond', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node()
    const { token, session } = await signIn(sessions)
    await sessions.verify(token)
    const idleExpiresAt = session.lastActivityAt + session.idleTimeout
    nodes.clock.set(idleExpiresAt - 1)
    const { hits } = sessions.cacheStatistics() ?? { hits: 0 }
    nodes.clock.set(idleExpiresAt)
    expect(await sessions.verify(token)).toMatchObject({ reason: 'idle-timeout' })
    expect(sessions.cacheStatistics()?.hits).toBe(hits)
  })

  it('do not end a session in use in this process, without store reads', async () => {
    await using nodes = openCachedNodes()
    const timeouts = { absolute: hour, idle: 5 * second }
    const { sessions, calls } = nodes.node({ options: { timeouts } })
    const { token, session } = await signIn(sessions)
    await sessions.verify(token)
    calls.length = 0
    for (let seconds = 0; seconds < 60; seconds += 1) {
      nodes.advance(second)
      expect((await sessions.verify(token)).status).toBe('active')
      await sessions.flushActivity()
    }
    expect(calls).not.toContain('find')
    expect((await nodes.memoryStore.find(session.id))?.lastActivityAt).toBe(nodes.clock.now())
  })

  it('do not end a session in use in another process', async () => {
    await using nodes = openCachedNodes()
    const here = nodes.node()
    const there = nodes.node()
    const { token } = await signIn(here.sessions)
    await here.sessions.verify(token)
    for (let minutes = 0; minutes < 60; minutes += 10) {
      nodes.clock.advance(10 * minute)
      await there.sessions.verify(token)
      await there.sessions.flushActivity()
    }
    expect((await here.sessions.verify(token)).status).toBe('active')
  })

  it('follow the store if it has rejected the activity of this process', async () => {
    await using nodes = openCachedNodes()
    const [here, there] = [nodes.node(), nodes.node()]
    const { token } = await signIn(here.sessions)
    for (const each of [here, there]) await each.sessions.verify(token)
    nodes.advance(second)
    await there.sessions.verify(token)
    await there.sessions.flushActivity()
    nodes.advance(900)
    // Within the precision of the activity that the other process wrote.
    await here.sessions.verify(token)
    await here.sessions.flushActivity()
    nodes.clock.advance(30 * minute - 500)

    const statuses: string[] = []
    for (let times = 0; times < 9; times += 1) {
      statuses.push((await here.sessions.verify(token)).status)
      await here.sessions.flushActivity()
      nodes.clock.advance(10 * minute)
    }
    statuses.push((await there.sessions.verify(token)).status)
    expect(new Set(statuses)).toEqual(new Set(['ended']))
  })

  it('start at the last cached verification', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node()
    const { token, session } = await signIn(sessions)
    await sessions.verify(token)
    nodes.advance(20 * second)
    const usedAt = nodes.clock.now()
    await sessions.verify(token)
    expect(sessions.cacheStatistics()?.hits).toBe(1)
    await sessions.flushActivity()

    nodes.clock.set(usedAt + session.idleTimeout - 1)
    const otherSessions = nodes.node().sessions
    expect((await otherSessions.verify(token, undefined, { skipCache: true })).status).toBe(
      'active',
    )
    nodes.clock.set(usedAt + session.idleTimeout)
    expect(await sessions.verify(token)).toMatchObject({ reason: 'idle-timeout' })
  })

  it('end a cached session at the absolute timeout', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node({ options: { timeouts: { absolute: hour, idle: hour } } })
    const { token, session } = await signIn(sessions)
    await sessions.verify(token)
    nodes.clock.set(session.expiresAt - 1)
    expect((await sessions.verify(token)).status).toBe('active')
    expect((await sessions.verify(token)).status).toBe('active')
    nodes.clock.set(session.expiresAt)
    expect(await sessions.verify(token)).toMatchObject({ reason: 'absolute-timeout' })
  })

  it('cause few writes under many cached verifications, including the last activity', async () => {
    await using nodes = openCachedNodes()
    const { sessions, calls } = nodes.node()
    const { token, session } = await signIn(sessions)
    for (let times = 0; times < 3_000; times += 1) {
      nodes.advance(10)
      await sessions.verify(token)
    }
    const touches = calls.filter((name) => name === 'touch')
    expect(touches.length).toBeGreaterThan(1)
    expect(touches.length).toBeLessThanOrEqual(4)

    const usedAt = nodes.clock.now()
    for (let seconds = 0; seconds < 3; seconds += 1) {
      nodes.advance(second)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const stored = (await nodes.memoryStore.find(session.id))?.lastActivityAt ?? 0
    expect(usedAt - stored).toBeLessThan(second)
  })
})
