import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../../test/support/open-cached-sessions.ts'
import { signIn } from '../../../test/support/open-sessions.ts'
import { second } from '../../domain/time.ts'
import { formatToken, parseToken, secretFrom } from '../../domain/token.ts'

const lease = 2 * second

describe('cached verification', () => {
  it('reads a session once and then does not use the store', async () => {
    await using nodes = openCachedNodes()
    const { sessions, calls } = nodes.node()
    const { token } = await signIn(sessions)
    await sessions.verify(token)
    calls.length = 0

    for (let times = 0; times < 100; times += 1) {
      expect((await sessions.verify(token)).status).toBe('active')
    }
    expect(calls).toEqual([])
    expect(sessions.cacheStatistics()).toMatchObject({
      hits: 100,
      misses: 1,
      entries: 1,
      leaseHeld: true,
    })
  })

  it('returns the same result as the store', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node()
    const { token } = await signIn(sessions, 'user-1', {
      client: { ipAddress: '192.0.2.1', userAgent: 'agent' },
      data: { items: 3 },
      flash: { kind: 'info', message: 'hello' },
    })
    const client = { ipAddress: '192.0.2.1', userAgent: 'agent' }
    const read = await sessions.verify(token, client)
    expect(await sessions.verify(token, client)).toEqual(read)
    expect(await sessions.verify(token, client, { skipCache: true })).toEqual(read)
    expect(sessions.cacheStatistics()).toMatchObject({ hits: 1, misses: 2 })
  })

  it('is not affected by changes to a returned session', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node()
    const { token } = await signIn(sessions, 'user-1', { data: { items: 1 } })
    for (let times = 0; times < 3; times += 1) {
      const verified = await sessions.verify(token)
      if (verified.status !== 'active') throw new Error(verified.status)
      expect(verified.session.data).toEqual({ items: 1 })
      Object.assign(verified.session.data, { items: 99 })
      Object.assign(verified.session, { userId: 'other-user' })
    }
  })

  it('reads the store with skipCache and caches what it has read', async () => {
    await using nodes = openCachedNodes()
    const { sessions, calls } = nodes.node()
    const { token } = await signIn(sessions)
    calls.length = 0

    await sessions.verify(token, undefined, { skipCache: true })
    await sessions.verify(token, undefined, { skipCache: true })
    expect(calls).toEqual(['find', 'find'])
    await sessions.verify(token)
    expect(calls).toEqual(['find', 'find'])
  })

  it('neither reads the store nor subscribes for a malformed token', async () => {
    await using nodes = openCachedNodes()
    const { sessions, calls, channelControl } = nodes.node()
    for (const token of [null, undefined, '', 'no token', 'a.b']) await sessions.verify(token)
    expect(calls).toEqual([])
    expect(channelControl.listeners.size).toBe(0)
  })
})

describe('cache contents', () => {
  it('contains only sessions whose secret was presented', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node()
    const { session } = await signIn(sessions)
    const wrongToken = formatToken({ id: session.id, secret: secretFrom(new Uint8Array(32)) })
    expect(await sessions.verify(wrongToken)).toEqual({ status: 'none', reason: 'unknown' })
    expect(sessions.cacheStatistics()).toMatchObject({ entries: 0, bytes: 0 })
  })

  it('is not evicted by a flood of unknown tokens', async () => {
    await using nodes = openCachedNodes()
    const { sessions, calls } = nodes.node({ cache: { maxEntries: 10 } })
    const { token } = await signIn(sessions)
    const otherUser = await signIn(nodes.node().sessions)
    await sessions.verify(token)
    const otherId = parseToken(otherUser.token)?.id ?? otherUser.session.id
    for (let n = 0; n < 1_000; n += 1) {
      const id = n % 2 === 0 ? otherId : (`${String(n).padStart(21, 'a')}A` as typeof otherId)
      const bytes = new Uint8Array(32).fill(n % 250)
      await sessions.verify(formatToken({ id, secret: secretFrom(bytes) }))
    }
    expect(sessions.cacheStatistics()).toMatchObject({ entries: 1, evictions: 0 })
    calls.length = 0
    await sessions.verify(token)
    expect(calls).toEqual([])
  })

  it('stays cached when a wrong secret is presented', async () => {
    await using nodes = openCachedNodes()
    const { sessions, calls } = nodes.node()
    const { token, session } = await signIn(sessions)
    await sessions.verify(token)
    await sessions.verify(formatToken({ id: session.id, secret: secretFrom(new Uint8Array(32)) }))
    calls.length = 0
    expect((await sessions.verify(token)).status).toBe('active')
    expect(calls).toEqual([])
  })

  it('does not authenticate a client that the policy rejects', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node({ options: { ipAddressCheck: 'strict' } })
    const client = { ipAddress: '192.0.2.1', userAgent: null }
    const { token } = await signIn(sessions, 'user-1', { client })
    await sessions.verify(token, client)
    await sessions.verify(token, client)
    const otherClient = { ipAddress: '192.0.2.2', userAgent: null }
    expect(await sessions.verify(token, otherClient)).toMatchObject({
      reason: 'ip-address-changed',
    })
    expect((await sessions.verify(token, client)).status).toBe('active')
  })

  it('treats a replaced secret after its grace period as theft', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node()
    const { token, session } = await signIn(sessions)
    const rotated = await sessions.rotate(token, { grace: 10 * second })
    if (rotated.status !== 'rotated') throw new Error(rotated.status)
    for (const each of [rotated.token, token]) await sessions.verify(each)
    expect(sessions.cacheStatistics()?.hits).toBe(1)
    nodes.advance(10 * second)

    expect(await sessions.verify(token)).toMatchObject({ reason: 'secret-reused' })
    expect(await sessions.verify(rotated.token)).toMatchObject({ sessionId: session.id })
    expect((await sessions.verify(rotated.token)).status).toBe('ended')
  })

  it('stays within maxEntries and evicts unused sessions', async () => {
    await using nodes = openCachedNodes()
    const { sessions, calls } = nodes.node({ cache: { maxEntries: 50 } })
    const inUse = await signIn(sessions, 'kept')
    await sessions.verify(inUse.token)
    for (let n = 0; n < 500; n += 1) {
      const { token } = await signIn(sessions, `user-${n}`)
      await sessions.verify(token)
      await sessions.verify(inUse.token)
    }
    expect(sessions.cacheStatistics()).toMatchObject({ entries: 50, evictions: 451 })
    calls.length = 0
    await sessions.verify(inUse.token)
    expect(calls).toEqual([])
  })

  it('stays within maxBytes', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node({ cache: { maxBytes: 2 ** 16 } })
    for (let n = 0; n < 30; n += 1) {
      const { token } = await signIn(sessions, `user-${n}`, { data: { note: 'x'.repeat(4_000) } })
      await sessions.verify(token)
      expect(sessions.cacheStatistics()?.bytes).toBeLessThanOrEqual(2 ** 16)
    }
    expect(sessions.cacheStatistics()?.entries).toBeGreaterThan(4)
    const { token } = await signIn(sessions, 'big', { data: { note: 'x'.repeat(60_000) } })
    expect((await sessions.verify(token)).status).toBe('active')
    expect(sessions.cacheStatistics()?.bytes).toBeLessThanOrEqual(2 ** 16)
  })

  it('is emptied and unsubscribed on close', async () => {
    await using nodes = openCachedNodes()
    const { sessions, channelControl } = nodes.node()
    const { token } = await signIn(sessions)
    await sessions.verify(token)
    expect(channelControl.listeners.size).toBe(1)

    await sessions.close()

    expect(channelControl.listeners.size).toBe(0)
    expect(sessions.cacheStatistics()).toMatchObject({ entries: 0, bytes: 0, leaseHeld: false })
    await expect(sessions.verify(token)).rejects.toMatchObject({ code: 'closed' })
  })

  it('serves sessions while the store fails, until the lease expires', async () => {
    await using nodes = openCachedNodes()
    let isFailing = false
    const { sessions, channelControl } = nodes.node({
      wrapStore: (store) => ({
        ...store,
        find: (id) => (isFailing ? Promise.reject(new Error('store failed')) : store.find(id)),
        touch: (activities, precision) => store.touch(activities, precision),
      }),
    })
    const { token } = await signIn(nodes.node().sessions)
    await sessions.verify(token)
    isFailing = true
    channelControl.pause()
    expect((await sessions.verify(token)).status).toBe('active')
    nodes.advance(lease)
    await expect(sessions.verify(token)).rejects.toThrow('store failed')
  })
})

it.each([
  [{ leaseDuration: 99 }, 'cache.leaseDuration'],
  [{ leaseDuration: 60_001 }, 'cache.leaseDuration'],
  [{ leaseDuration: Number.POSITIVE_INFINITY }, 'cache.leaseDuration'],
  [{ maxEntries: 0 }, 'cache.maxEntries'],
  [{ maxBytes: 1_000 }, 'cache.maxBytes'],
])('rejects the option %o by name', async (cache, name) => {
  await using nodes = openCachedNodes()
  expect(() => nodes.node({ cache })).toThrow(
    expect.objectContaining({
      code: 'invalid-option',
      message: expect.stringMatching(`^${name} `),
    }),
  )
})
