import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../test/support/open-cached-sessions.ts'
import { signIn } from '../../test/support/open-sessions.ts'
import type { SessionStore } from '../ports/session-store.ts'

/** Lets reads begin at once, and keeps what they brought until the test lets it arrive. */
function slowReads() {
  const waiting: (() => void)[] = []
  return {
    waiting,
    arrive() {
      for (const each of waiting.splice(0)) each()
    },
    between: (store: SessionStore): SessionStore => ({
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

async function open(nodes: ReturnType<typeof openCachedNodes>) {
  const reads = slowReads()
  const here = nodes.node({ between: reads.between })
  const there = nodes.node()
  const { token, session } = await signIn(there.sessions)
  return { here, there, token, id: session.id, reads }
}

describe('reads of one session at once', () => {
  it('are one', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await open(nodes)
    const asked = Array.from({ length: 50 }, () => here.sessions.verify(token))
    await settle()
    expect(reads.waiting).toHaveLength(1)
    reads.arrive()
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(
      asked.map(() => 'active'),
    )
    expect(here.sessions.cacheStatistics()).toMatchObject({ misses: 50, sharedReads: 49 })
  })

  it('are each judged by their own secret', async () => {
    await using nodes = openCachedNodes()
    const { here, token, id, reads } = await open(nodes)
    const wrong = `${id}.${'A'.repeat(43)}`
    const asked = [wrong, token, wrong].map((each) => here.sessions.verify(each))
    await settle()
    reads.arrive()
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    expect(statuses).toEqual(['none', 'active', 'none'])
  })

  it('are not held up by one that is never answered', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await open(nodes)
    void here.sessions.verify(token)
    await settle()
    nodes.pass(2_000)
    const late = here.sessions.verify(token)
    await settle()
    expect(reads.waiting).toHaveLength(2)
    reads.waiting[1]?.()
    expect((await late).status).toBe('active')
    reads.arrive()
  })

  it('are kept for who holds the secret, whoever asked first', async () => {
    await using nodes = openCachedNodes()
    const { here, token, id, reads } = await open(nodes)
    const asked = [`${id}.${'A'.repeat(43)}`, token].map((each) => here.sessions.verify(each))
    await settle()
    reads.arrive()
    await Promise.all(asked)
    expect(here.sessions.cacheStatistics()?.entries).toBe(1)
  })

  it('fail together', async () => {
    await using nodes = openCachedNodes()
    const broken = nodes.node({
      between: (store) => ({ ...store, find: () => Promise.reject(new Error('gone')) }),
    })
    const { token } = await signIn(nodes.node().sessions)
    const asked = Array.from({ length: 3 }, () => broken.sessions.verify(token))
    for (const each of asked) await expect(each).rejects.toThrow('gone')
    await expect(broken.sessions.verify(token)).rejects.toThrow('gone')
  })

  it('are as many as there are requests while the lease does not hold', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await open(nodes)
    const early = here.sessions.verify(token)
    await settle()
    reads.arrive()
    await early
    here.held.hold()
    nodes.pass(2_000)

    const asked = Array.from({ length: 3 }, () => here.sessions.verify(token))
    await settle()

    expect(reads.waiting).toHaveLength(3)
    reads.arrive()
    await Promise.all(asked)
  })

  it('are several where a fresh one is asked for', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await open(nodes)
    const asked = [
      here.sessions.verify(token),
      here.sessions.verify(token, undefined, { fresh: true }),
    ]
    await settle()
    expect(reads.waiting).toHaveLength(2)
    reads.arrive()
    await Promise.all(asked)
  })
})

describe('a read that began before a revocation', () => {
  it('fills no memory after it', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await open(nodes)
    const early = here.sessions.verify(token)
    await settle()

    await there.sessions.revoke(id, { reason: 'ended-by-user' })
    reads.arrive()

    // The two were at once: whoever asked before the revocation may be told what was before it.
    expect((await early).status).toBe('active')
    expect(here.sessions.cacheStatistics()?.entries).toBe(0)
    const late = here.sessions.verify(token)
    await settle()
    reads.arrive()
    expect(await late).toMatchObject({ status: 'ended', reason: 'ended-by-user' })
  })

  it('is not shared by who asks after it', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await open(nodes)
    const early = here.sessions.verify(token)
    await settle()
    await there.sessions.revoke(id, { reason: 'ended-by-user' })

    const late = here.sessions.verify(token)
    await settle()
    expect(reads.waiting).toHaveLength(2)
    reads.arrive()

    expect(await late).toMatchObject({ status: 'ended' })
    await early
  })

  it('is read anew by who shared it before', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await open(nodes)
    const leader = here.sessions.verify(token)
    const follower = here.sessions.verify(token)
    await settle()
    await there.sessions.revoke(id, { reason: 'ended-by-user' })
    reads.arrive()
    await leader
    await settle()
    reads.arrive()
    expect(await follower).toMatchObject({ status: 'ended' })
  })

  it('fills no memory when the revocation was made in this process', async () => {
    await using nodes = openCachedNodes()
    const { here, token, id, reads } = await open(nodes)
    here.held.hold()
    const early = here.sessions.verify(token)
    await settle()
    await here.sessions.revoke(id, { reason: 'signed-out' })
    reads.arrive()
    await early
    expect(here.sessions.cacheStatistics()?.entries).toBe(0)
  })

  it('is not shared, and fills nothing, once the lease has lapsed meanwhile', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await open(nodes)
    const leader = here.sessions.verify(token)
    const follower = here.sessions.verify(token)
    await settle()
    here.held.hold()
    await there.sessions.revoke(id, { reason: 'ended-by-user' })
    nodes.pass(2_000)
    reads.arrive()
    await leader
    await settle()
    reads.arrive()

    expect(await follower).toMatchObject({ status: 'ended' })
    here.held.release()
    const late = here.sessions.verify(token)
    await settle()
    reads.arrive()
    expect(await late).toMatchObject({ status: 'ended' })
  })

  it('fills no memory when the channel lost track meanwhile', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await open(nodes)
    const early = here.sessions.verify(token)
    await settle()
    for (const listener of here.held.open) listener.anyChanged()
    reads.arrive()
    await early
    expect(here.sessions.cacheStatistics()?.entries).toBe(0)
  })
})
