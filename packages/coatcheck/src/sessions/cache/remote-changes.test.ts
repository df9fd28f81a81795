import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../../test/support/open-cached-sessions.ts'
import { signIn } from '../../../test/support/open-sessions.ts'
import { hour, second } from '../../domain/time.ts'

const lease = 2 * second

describe('remote change', () => {
  async function openTwoNodes(nodes: ReturnType<typeof openCachedNodes>) {
    const here = nodes.node()
    const there = nodes.node()
    const { token, session } = await signIn(here.sessions)
    await here.sessions.verify(token)
    await here.sessions.verify(token)
    here.calls.length = 0
    return { here, there, token, session }
  }

  it('takes effect on notification', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)

    await there.sessions.revokeSessionOfAnyUser(session.id, { reason: 'ended-by-user' })

    expect(await here.sessions.verify(token)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.calls).toEqual(['find'])
  })

  it('takes effect when the lease expires, to the millisecond, without notification', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    here.channelControl.pause()
    await there.sessions.revokeSessionOfAnyUser(session.id, { reason: 'ended-by-user' })

    nodes.advance(lease - 1)
    expect((await here.sessions.verify(token)).status).toBe('active')
    expect(here.calls).toEqual([])
    nodes.advance(1)
    expect(await here.sessions.verify(token)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.sessions.cacheStatistics()).toMatchObject({ leaseHeld: false, leaseLosses: 1 })
  })

  it('is received after the channel recovers, and the cache is used again', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    const other = await signIn(here.sessions, 'user-2')
    await here.sessions.verify(other.token)
    here.channelControl.pause()
    await there.sessions.revokeSessionOfAnyUser(session.id, { reason: 'ended-by-user' })
    nodes.advance(lease)
    await here.sessions.verify(other.token)

    here.channelControl.resume()
    here.calls.length = 0

    expect((await here.sessions.verify(token)).status).toBe('ended')
    expect(here.calls).toEqual(['find'])
    expect((await here.sessions.verify(other.token)).status).toBe('active')
    expect(here.calls).toEqual(['find'])
  })

  it('never makes the cache reject: a secret it does not know is checked by the store', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token } = await openTwoNodes(nodes)
    here.channelControl.pause()
    const rotated = await there.sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error(rotated.status)

    expect((await here.sessions.verify(rotated.token)).status).toBe('active')
    // The record that was read replaces the cached one before the notification arrives.
    expect((await here.sessions.verify(token)).status).toBe('none')
  })

  it('is not contradicted by the cache after an uncached read', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    here.channelControl.pause()
    await there.sessions.revokeSessionOfAnyUser(session.id, { reason: 'ended-by-user' })

    const uncached = await here.sessions.verify(token, undefined, { skipCache: true })
    const plain = await here.sessions.verify(token)

    expect([uncached.status, plain.status]).toEqual(['ended', 'ended'])
  })

  it('is not contradicted by the cache after a read for a wrong secret', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    here.channelControl.pause()
    const rotated = await there.sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error(rotated.status)
    await here.sessions.verify(`${session.id}.${'A'.repeat(43)}`)
    expect((await here.sessions.verify(token)).status).toBe('none')
  })

  it('replaces cached data after a read for a wrong secret', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    here.channelControl.pause()
    await there.sessions.saveData(session.id, { items: 7 })
    await here.sessions.verify(`${session.id}.${'A'.repeat(43)}`)
    expect(await here.sessions.verify(token)).toMatchObject({ session: { data: { items: 7 } } })
  })

  it('shows changed data on notification', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    await there.sessions.saveData(session.id, { items: 7 })
    expect(await here.sessions.verify(token)).toMatchObject({ session: { data: { items: 7 } } })
  })

  it('is not missed during a pause of this process', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    here.channelControl.pause()
    await there.sessions.revokeSessionOfAnyUser(session.id, { reason: 'ended-by-user' })
    const heartbeatsBefore = here.channelControl.heartbeatCount()

    // Much shorter than the lease: the notification waits in a socket behind the request.
    nodes.pauseProcess(60)

    expect(await here.sessions.verify(token)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.channelControl.heartbeatCount()).toBe(heartbeatsBefore + 1)
  })

  it('a heartbeat from before a pause is not trusted, one after it is', async () => {
    await using nodes = openCachedNodes()
    const { here, token } = await openTwoNodes(nodes)
    here.channelControl.pause()
    nodes.pauseProcess(60)
    await here.sessions.verify(token)
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find', 'find'])

    here.channelControl.resume()
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find', 'find'])
  })

  it('after a short pause, the cache waits until pending events are read', async () => {
    await using nodes = openCachedNodes()
    const { here, token } = await openTwoNodes(nodes)
    const nextTurn = () => new Promise((resolve) => setImmediate(resolve))
    nodes.pauseProcess(20)
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find'])
    // The current round of the event loop may have polled its events before the pause.
    await nextTurn()
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find', 'find'])
    await nextTurn()
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find', 'find'])
  })

  it('a heartbeat is not trusted after the clock was set', async () => {
    await using nodes = openCachedNodes()
    const { here, token } = await openTwoNodes(nodes)
    for (const jump of [600, -600, 3 * hour, -3 * hour]) {
      here.channelControl.resume()
      nodes.advance(20)
      await here.sessions.verify(token)
      here.calls.length = 0
      here.channelControl.pause()
      nodes.advance(10)
      await here.sessions.verify(token)
      expect(here.calls).toEqual([])
      nodes.clock.advance(jump)
      await here.sessions.verify(token)
      expect(here.calls).toContain('find')
      nodes.clock.advance(-jump)
      await here.sessions.verify(token)
    }
  })

  it('an interrupted channel is reported', async () => {
    await using nodes = openCachedNodes()
    const { here } = await openTwoNodes(nodes)
    here.channelControl.interrupt('silent')
    expect(here.events.at(-1)).toEqual({
      type: 'revocation-channel-interrupted',
      at: nodes.clock.now(),
      reason: 'silent',
      cause: 'planned',
    })
  })

  it('a heartbeat is requested four times per lease', async () => {
    await using nodes = openCachedNodes()
    const { here } = await openTwoNodes(nodes)
    const heartbeatsBefore = here.channelControl.heartbeatCount()
    nodes.advance(10 * lease)
    expect(here.channelControl.heartbeatCount() - heartbeatsBefore).toBe(40)
  })
})
