import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../../test/support/open-cached-sessions.ts'
import { signIn } from '../../../test/support/open-sessions.ts'
import { SessionError } from '../../domain/errors.ts'
import type { SessionStore } from '../../ports/session-store.ts'

/** Starts reads immediately and holds their results until `deliver` is called. */
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

/** Waits until pending promise callbacks have run. */
function flushPromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function openNodes(nodes: ReturnType<typeof openCachedNodes>) {
  const reads = slowReads()
  const here = nodes.node({ wrapStore: reads.wrapStore })
  const there = nodes.node()
  const { token, session } = await signIn(there.sessions)
  return { here, there, token, id: session.id, reads }
}

describe('coalesced reads', () => {
  it('combine concurrent reads of one session', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await openNodes(nodes)
    const requests = Array.from({ length: 50 }, () => here.sessions.verify(token))
    await flushPromises()
    expect(reads.waiting).toHaveLength(1)
    reads.deliver()
    expect((await Promise.all(requests)).map(({ status }) => status)).toEqual(
      requests.map(() => 'active'),
    )
    expect(here.sessions.cacheStatistics()).toMatchObject({ misses: 50, coalescedReads: 49 })
  })

  it('check the secret of each request', async () => {
    await using nodes = openCachedNodes()
    const { here, token, id, reads } = await openNodes(nodes)
    const wrongToken = `${id}.${'A'.repeat(43)}`
    const requests = [wrongToken, token, wrongToken].map((each) => here.sessions.verify(each))
    await flushPromises()
    reads.deliver()
    const statuses = (await Promise.all(requests)).map(({ status }) => status)
    expect(statuses).toEqual(['none', 'active', 'none'])
  })

  it('do not wait for a read that is never answered', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await openNodes(nodes)
    void here.sessions.verify(token)
    await flushPromises()
    nodes.advance(2_000)
    const late = here.sessions.verify(token)
    await flushPromises()
    expect(reads.waiting).toHaveLength(2)
    reads.waiting[1]?.()
    expect((await late).status).toBe('active')
    reads.deliver()
  })

  it('are cached if the secret of any request matches', async () => {
    await using nodes = openCachedNodes()
    const { here, token, id, reads } = await openNodes(nodes)
    const requests = [`${id}.${'A'.repeat(43)}`, token].map((each) => here.sessions.verify(each))
    await flushPromises()
    reads.deliver()
    await Promise.all(requests)
    expect(here.sessions.cacheStatistics()?.entries).toBe(1)
  })

  it('fail for every request if the store fails', async () => {
    await using nodes = openCachedNodes()
    const failing = nodes.node({
      wrapStore: (store) => ({ ...store, find: () => Promise.reject(new Error('store failed')) }),
    })
    const { token } = await signIn(nodes.node().sessions)
    const requests = Array.from({ length: 3 }, () => failing.sessions.verify(token))
    for (const each of requests) await expect(each).rejects.toThrow('store failed')
    await expect(failing.sessions.verify(token)).rejects.toThrow('store failed')
  })

  it('are not combined while the lease is not held', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await openNodes(nodes)
    const early = here.sessions.verify(token)
    await flushPromises()
    reads.deliver()
    await early
    here.channelControl.pause()
    nodes.advance(2_000)

    const requests = Array.from({ length: 3 }, () => here.sessions.verify(token))
    await flushPromises()

    expect(reads.waiting).toHaveLength(3)
    reads.deliver()
    await Promise.all(requests)
  })

  it('are not combined with an uncached verification', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await openNodes(nodes)
    const requests = [
      here.sessions.verify(token),
      here.sessions.verify(token, undefined, { skipCache: true }),
    ]
    await flushPromises()
    expect(reads.waiting).toHaveLength(2)
    reads.deliver()
    await Promise.all(requests)
  })
})

describe('read started before a revocation', () => {
  it('is not cached after the revocation', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await openNodes(nodes)
    const early = here.sessions.verify(token)
    await flushPromises()

    await there.sessions.revokeSessionOfAnyUser(id, { reason: 'ended-by-user' })
    reads.deliver()

    // Concurrent with the revocation, so the earlier state is a valid result.
    expect((await early).status).toBe('active')
    expect(here.sessions.cacheStatistics()?.entries).toBe(0)
    const late = here.sessions.verify(token)
    await flushPromises()
    reads.deliver()
    expect(await late).toMatchObject({ status: 'ended', reason: 'ended-by-user' })
  })

  it('is not joined by requests after the revocation', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await openNodes(nodes)
    const early = here.sessions.verify(token)
    await flushPromises()
    await there.sessions.revokeSessionOfAnyUser(id, { reason: 'ended-by-user' })

    const late = here.sessions.verify(token)
    await flushPromises()
    expect(reads.waiting).toHaveLength(2)
    reads.deliver()

    expect(await late).toMatchObject({ status: 'ended' })
    await early
  })

  it('is repeated by requests that had joined it', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await openNodes(nodes)
    const leader = here.sessions.verify(token)
    const follower = here.sessions.verify(token)
    await flushPromises()
    await there.sessions.revokeSessionOfAnyUser(id, { reason: 'ended-by-user' })
    reads.deliver()
    await leader
    await flushPromises()
    reads.deliver()
    expect(await follower).toMatchObject({ status: 'ended' })
  })

  it('is not cached after a revocation in the same process', async () => {
    await using nodes = openCachedNodes()
    const { here, token, id, reads } = await openNodes(nodes)
    here.channelControl.pause()
    const early = here.sessions.verify(token)
    await flushPromises()
    await here.sessions.revokeSessionOfAnyUser(id, { reason: 'signed-out' })
    reads.deliver()
    await early
    expect(here.sessions.cacheStatistics()?.entries).toBe(0)
  })

  it('is neither shared nor cached if the lease expires meanwhile', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, id, reads } = await openNodes(nodes)
    const leader = here.sessions.verify(token)
    const follower = here.sessions.verify(token)
    await flushPromises()
    here.channelControl.pause()
    await there.sessions.revokeSessionOfAnyUser(id, { reason: 'ended-by-user' })
    nodes.advance(2_000)
    reads.deliver()
    await leader
    await flushPromises()
    reads.deliver()

    expect(await follower).toMatchObject({ status: 'ended' })
    here.channelControl.resume()
    const late = here.sessions.verify(token)
    await flushPromises()
    reads.deliver()
    expect(await late).toMatchObject({ status: 'ended' })
  })

  it('is not cached if the channel resets meanwhile', async () => {
    await using nodes = openCachedNodes()
    const { here, token, reads } = await openNodes(nodes)
    const early = here.sessions.verify(token)
    await flushPromises()
    for (const listener of here.channelControl.listeners) listener.onReset()
    reads.deliver()
    await early
    expect(here.sessions.cacheStatistics()?.entries).toBe(0)
  })
})

type Opened = Awaited<ReturnType<typeof openSlowVerification>>

/** A verification whose read is in flight, while the channel of its process delivers nothing. */
async function openSlowVerification(nodes: ReturnType<typeof openCachedNodes>) {
  const opened = await openNodes(nodes)
  const early = opened.here.sessions.verify(opened.token)
  await flushPromises()
  opened.here.channelControl.pause()
  const answerEarly = opened.reads.waiting.shift()

  /** Waits for another operation of the process, whose reads are answered first. */
  async function first<Result>(operation: Promise<Result>): Promise<Result> {
    await flushPromises()
    opened.reads.deliver()
    return operation
  }

  async function verify(token: string) {
    const verification = opened.here.sessions.verify(token)
    await flushPromises()
    opened.reads.deliver()
    return verification
  }
  return { ...opened, early, answerEarly: () => answerEarly?.(), first, verify }
}

describe('read that another operation of the process overtakes', () => {
  it.each<[string, (opened: Opened) => Promise<unknown>]>([
    [
      'an uncached verification',
      ({ here, token }) => here.sessions.verify(token, undefined, { skipCache: true }),
    ],
    ['a save', ({ here, id }) => here.sessions.saveData(id, { items: 1 })],
    ['a rotation', ({ here, token }) => here.sessions.rotate(token)],
    [
      'a sign-in with its token',
      ({ here, token }) => signIn(here.sessions, 'user-2', { presentedToken: token }),
    ],
    [
      'a revocation of it',
      ({ here, id }) => here.sessions.revoke('user-1', id, { reason: 'signed-out' }),
    ],
    [
      'a revocation of all',
      ({ here }) => here.sessions.revokeAllForUser('user-1', { reason: 'signed-out' }),
    ],
  ])('is not cached after %s has found the session ended', async (_label, operation) => {
    await using nodes = openCachedNodes()
    const opened = await openSlowVerification(nodes)
    await opened.there.sessions.revokeSessionOfAnyUser(opened.id, { reason: 'ended-by-user' })
    await opened.first(operation(opened))
    opened.answerEarly()
    await opened.early

    expect(await opened.verify(opened.token)).toMatchObject({ reason: 'ended-by-user' })
    expect(opened.here.sessions.cacheStatistics()?.entries).toBe(0)
  })

  it('is answered with the end of the session that the other operation has read', async () => {
    await using nodes = openCachedNodes()
    const opened = await openSlowVerification(nodes)
    const { here, token } = opened
    await opened.there.sessions.revokeSessionOfAnyUser(opened.id, { reason: 'ended-by-user' })
    await opened.first(here.sessions.verify(token, undefined, { skipCache: true }))
    opened.answerEarly()
    expect(await opened.early).toMatchObject({ status: 'ended', reason: 'ended-by-user' })
  })

  it('is not cached after another read found the record corrupt', async () => {
    await using nodes = openCachedNodes()
    let failure: Error | null = null
    const { waiting, deliver, wrapStore } = slowReads()
    const here = nodes.node({
      wrapStore: (store) => ({
        ...wrapStore(store),
        find: (id) => (failure === null ? wrapStore(store).find(id) : Promise.reject(failure)),
      }),
    })
    const { token } = await signIn(nodes.node().sessions)
    const early = here.sessions.verify(token)
    await flushPromises()
    failure = new SessionError('corrupt-record', 'damaged')
    expect(await here.sessions.verify(token, undefined, { skipCache: true })).toMatchObject({
      reason: 'unreadable',
    })
    expect(waiting).toHaveLength(1)
    deliver()
    await early
    expect(here.sessions.cacheStatistics()?.entries).toBe(0)
  })

  it('is not cached after an uncached verification has rejected a replaced secret', async () => {
    await using nodes = openCachedNodes()
    const opened = await openSlowVerification(nodes)
    const { here, token } = opened
    await opened.there.sessions.rotate(token)
    const uncached = await opened.first(here.sessions.verify(token, undefined, { skipCache: true }))
    expect(uncached).toMatchObject({ reason: 'secret-replaced' })
    opened.answerEarly()
    await opened.early

    expect(await opened.verify(token)).toMatchObject({ reason: 'secret-replaced' })
  })

  it('is not cached after a list has returned newer data', async () => {
    await using nodes = openCachedNodes()
    const opened = await openSlowVerification(nodes)
    await opened.there.sessions.saveData(opened.id, { items: 2 })
    await opened.here.sessions.listForUser('user-1')
    opened.answerEarly()
    await opened.early

    expect(await opened.verify(opened.token)).toMatchObject({ session: { data: { items: 2 } } })
  })
})

describe('read from before a rotation', () => {
  it('does not reject the new secret, but is repeated once for all who need it', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, reads, early, answerEarly } = await openSlowVerification(nodes)
    const rotated = await there.sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error(rotated.status)
    const late = Array.from({ length: 20 }, () => here.sessions.verify(rotated.token))
    await flushPromises()
    answerEarly()
    await flushPromises()

    expect(reads.waiting).toHaveLength(1)
    reads.deliver()
    const statuses = (await Promise.all([early, ...late])).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set(['active']))
  })
})
