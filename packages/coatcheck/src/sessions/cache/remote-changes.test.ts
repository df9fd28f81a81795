import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../../test/support/open-cached-sessions.ts'
import { signIn } from '../../../test/support/open-sessions.ts'
import { hour, second } from '../../domain/time.ts'

const lease = 2 * second

describe('a change in another process', () => {
  async function openTwoNodes(nodes: ReturnType<typeof openCachedNodes>) {
    const here = nodes.node()
    const there = nodes.node()
    const { token, session } = await signIn(here.sessions)
    await here.sessions.verify(token)
    await here.sessions.verify(token)
    here.calls.length = 0
    return { here, there, token, session }
  }

  it('counts as soon as it is told', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)

    await there.sessions.revoke(session.id, { reason: 'ended-by-user' })

    expect(await here.sessions.verify(token)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.calls).toEqual(['find'])
  })

  it('counts after the lease at the latest, to the millisecond, when nothing is told', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    here.channelControl.pause()
    await there.sessions.revoke(session.id, { reason: 'ended-by-user' })

    nodes.advance(lease - 1)
    expect((await here.sessions.verify(token)).status).toBe('active')
    expect(here.calls).toEqual([])
    nodes.advance(1)
    expect(await here.sessions.verify(token)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.sessions.cacheStatistics()).toMatchObject({ leaseHeld: false, leaseLosses: 1 })
  })

  it('is heard once the channel is back, and memory answers again', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    const other = await signIn(here.sessions, 'user-2')
    await here.sessions.verify(other.token)
    here.channelControl.pause()
    await there.sessions.revoke(session.id, { reason: 'ended-by-user' })
    nodes.advance(lease)
    await here.sessions.verify(other.token)

    here.channelControl.resume()
    here.calls.length = 0

    expect((await here.sessions.verify(token)).status).toBe('ended')
    expect(here.calls).toEqual(['find'])
    expect((await here.sessions.verify(other.token)).status).toBe('active')
    expect(here.calls).toEqual(['find'])
  })

  it('never makes memory refuse: a secret that is new to it is the store’s to judge', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token } = await openTwoNodes(nodes)
    here.channelControl.pause()
    const rotated = await there.sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error(rotated.status)

    expect((await here.sessions.verify(rotated.token)).status).toBe('active')
    // And what it read then is what holds: the old secret is refused before the word has come.
    expect((await here.sessions.verify(token)).status).toBe('none')
  })

  it('is not told otherwise by memory once a read has shown it', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    here.channelControl.pause()
    await there.sessions.revoke(session.id, { reason: 'ended-by-user' })

    const fresh = await here.sessions.verify(token, undefined, { fresh: true })
    const plain = await here.sessions.verify(token)

    expect([fresh.status, plain.status]).toEqual(['ended', 'ended'])
  })

  it('is not told otherwise by memory once a read of somebody without the secret has shown it', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    here.channelControl.pause()
    const rotated = await there.sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error(rotated.status)
    await here.sessions.verify(`${session.id}.${'A'.repeat(43)}`)
    expect((await here.sessions.verify(token)).status).toBe('none')
  })

  it('does not tell old data once a read of somebody without the secret has shown new', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    here.channelControl.pause()
    await there.sessions.saveData(session.id, { items: 7 })
    await here.sessions.verify(`${session.id}.${'A'.repeat(43)}`)
    expect(await here.sessions.verify(token)).toMatchObject({ session: { data: { items: 7 } } })
  })

  it('lets data changed elsewhere be seen as soon as it is told', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    await there.sessions.saveData(session.id, { items: 7 })
    expect(await here.sessions.verify(token)).toMatchObject({ session: { data: { items: 7 } } })
  })

  it('does not let a stop of this process pass for quiet', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwoNodes(nodes)
    here.channelControl.pause()
    await there.sessions.revoke(session.id, { reason: 'ended-by-user' })
    const heartbeatsBefore = here.channelControl.heartbeatCount()

    // Far shorter than the lease: the word waits in a socket, and the request was read first.
    nodes.pauseProcess(60)

    expect(await here.sessions.verify(token)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.channelControl.heartbeatCount()).toBe(heartbeatsBefore + 1)
  })

  it('does not trust a proof from before a stop, and does one from after it', async () => {
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

  it('reads what came during a short stop before memory answers again', async () => {
    await using nodes = openCachedNodes()
    const { here, token } = await openTwoNodes(nodes)
    const nextTurn = () => new Promise((resolve) => setImmediate(resolve))
    nodes.pauseProcess(20)
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find'])
    // The round that the stop fell into may have been told of its events before.
    await nextTurn()
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find', 'find'])
    await nextTurn()
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find', 'find'])
  })

  it('does not trust a proof across a change of the clock', async () => {
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

  it('tells of an interrupted channel', async () => {
    await using nodes = openCachedNodes()
    const { here } = await openTwoNodes(nodes)
    here.channelControl.interrupt('silent')
    expect(here.events.at(-1)).toEqual({
      type: 'revocation-channel-interrupted',
      at: nodes.clock.now(),
      reason: 'silent',
    })
  })

  it('asks for a proof four times in each lease', async () => {
    await using nodes = openCachedNodes()
    const { here } = await openTwoNodes(nodes)
    const heartbeatsBefore = here.channelControl.heartbeatCount()
    nodes.advance(10 * lease)
    expect(here.channelControl.heartbeatCount() - heartbeatsBefore).toBe(40)
  })
})
