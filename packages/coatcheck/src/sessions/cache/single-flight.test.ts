import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../../test/support/open-cached-sessions.ts'
import { signIn } from '../../../test/support/open-sessions.ts'
import type { SessionStore } from '../../ports/session-store.ts'

/** Lets reads begin at once, and keeps what they brought until the test lets it arrive. */
function slowReads() {
  const waiting: (() => void)[] = []
  return {
    waiting,
    deliver() {
      for (const each of waiting.splice(0)) each()
    },
    wrapStore: (store: SessionStore): SessionStore => ({
      ...store,
      async find(id) {
        const record = await store.find(id)
        await new Promise<void>((resolve) => waiting.push(resolve))
        return record
      },
    }),
  }
}

/** Until every promise that can settle has settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function openNodes(nodes: ReturnType<typeof openCachedNodes>) {
  const reads = slowReads()
  const here = nodes.node({ wrapStore: reads.wrapStore })
  const there = nodes.node()
  const { token, session } = await signIn(there.sessions)
  return { here, there, token, id: session.id, reads }
}

describe('reads of one session at once', () => {
  it('are one', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await openNodes(nodes)
    const requests = Array.from({ length: 50 }, () => here.sessions.verify(token))
    await settle()
    expect(reads.waiting).toHaveLength(1)
    reads.deliver()
    expect((await Promise.all(requests)).map(({ status }) => status)).toEqual(
      requests.map(() => 'active'),
    )
    expect(here.sessions.cacheStatistics()).toMatchObject({ misses: 50, coalescedReads: 49 })
  })

  it('are each judged by their own secret', async () => {
    await using nodes = openCachedNodes()
    const { here, token, id, reads } = await openNodes(nodes)
    const wrongToken = `${id}.${'A'.repeat(43)}`
    const requests = [wrongToken, token, wrongToken].map((each) => here.sessions.verify(each))
    await settle()
    reads.deliver()
    const statuses = (await Promise.all(requests)).map(({ status }) => status)
    expect(statuses).toEqual(['none', 'active', 'none'])
  })

  it('are not held up by one that is never answered', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await openNodes(nodes)
    void here.sessions.verify(token)
    await settle()
    nodes.advance(2_000)
    const late = here.sessions.verify(token)
    await settle()
    expect(reads.waiting).toHaveLength(2)
    reads.waiting[1]?.()
    expect((await late).status).toBe('active')
    reads.deliver()
  })

  it('are kept for who holds the secret, whoever asked first', async () => {
    await using nodes = openCachedNodes()
    const { here, token, id, reads } = await openNodes(nodes)
    const requests = [`${id}.${'A'.repeat(43)}`, token].map((each) => here.sessions.verify(each))
    await settle()
    reads.deliver()
    await Promise.all(requests)
    expect(here.sessions.cacheStatistics()?.entries).toBe(1)
  })

  it('fail together', async () => {
    await using nodes = openCachedNodes()
    const failing = nodes.node({
      wrapStore: (store) => ({ ...store, find: () => Promise.reject(new Error('gone')) }),
    })
    const { token } = await signIn(nodes.node().sessions)
    const requests = Array.from({ length: 3 }, () => failing.sessions.verify(token))
    for (const each of requests) await expect(each).rejects.toThrow('gone')
    await expect(failing.sessions.verify(token)).rejects.toThrow('gone')
  })

  it('are as many as there are requests while the lease does not hold', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await openNodes(nodes)
    const early = here.sessions.verify(token)
    await settle()
    reads.deliver()
    await early
    here.channelControl.pause()
    nodes.advance(2_000)

    const requests = Array.from({ length: 3 }, () => here.sessions.verify(token))
    await settle()

    expect(reads.waiting).toHaveLength(3)
    reads.deliver()
    await Promise.all(requests)
  })

  it('are several where a fresh one is asked for', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await openNodes(nodes)
    const requests = [
      here.sessions.verify(token),
      here.sessions.verify(token, undefined, { fresh: true }),
    ]
    await settle()
    expect(reads.waiting).toHaveLength(2)
    reads.deliver()
    await Promise.all(requests)
  })
})

describe('a read that began before a revocation', () => {
  it('fills no memory after it', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await openNodes(nodes)
    const early = here.sessions.verify(token)
    await settle()

    await there.sessions.revoke(id, { reason: 'ended-by-user' })
    reads.deliver()

    // The two were at once: whoever asked before the revocation may be told what was before it.
    expect((await early).status).toBe('active')
    expect(here.sessions.cacheStatistics()?.entries).toBe(0)
    const late = here.sessions.verify(token)
    await settle()
    reads.deliver()
    expect(await late).toMatchObject({ status: 'ended', reason: 'ended-by-user' })
  })

  it('is not shared by who asks after it', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await openNodes(nodes)
    const early = here.sessions.verify(token)
    await settle()
    await there.sessions.revoke(id, { reason: 'ended-by-user' })

    const late = here.sessions.verify(token)
    await settle()
    expect(reads.waiting).toHaveLength(2)
    reads.deliver()

    expect(await late).toMatchObject({ status: 'ended' })
    await early
  })

  it('is read anew by who shared it before', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await openNodes(nodes)
    const leader = here.sessions.verify(token)
    const follower = here.sessions.verify(token)
    await settle()
    await there.sessions.revoke(id, { reason: 'ended-by-user' })
    reads.deliver()
    await leader
    await settle()
    reads.deliver()
    expect(await follower).toMatchObject({ status: 'ended' })
  })

  it('fills no memory when the revocation was made in this process', async () => {
    await using nodes = openCachedNodes()
    const { here, token, id, reads } = await openNodes(nodes)
    here.channelControl.pause()
    const early = here.sessions.verify(token)
    await settle()
    await here.sessions.revoke(id, { reason: 'signed-out' })
    reads.deliver()
    await early
    expect(here.sessions.cacheStatistics()?.entries).toBe(0)
  })

  it('is not shared, and fills nothing, once the lease has lapsed meanwhile', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await openNodes(nodes)
    const leader = here.sessions.verify(token)
    const follower = here.sessions.verify(token)
    await settle()
    here.channelControl.pause()
    await there.sessions.revoke(id, { reason: 'ended-by-user' })
    nodes.advance(2_000)
    reads.deliver()
    await leader
    await settle()
    reads.deliver()

    expect(await follower).toMatchObject({ status: 'ended' })
    here.channelControl.resume()
    const late = here.sessions.verify(token)
    await settle()
    reads.deliver()
    expect(await late).toMatchObject({ status: 'ended' })
  })

  it('fills no memory when the channel lost track meanwhile', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await openNodes(nodes)
    const early = here.sessions.verify(token)
    await settle()
    for (const listener of here.channelControl.listeners) listener.onReset()
    reads.deliver()
    await early
    expect(here.sessions.cacheStatistics()?.entries).toBe(0)
  })
})
