import { describe, expect, it } from 'vitest'
import { createControllableChannel } from '../../../test/support/controllable-channel.ts'
import { openCachedGrants } from '../../../test/support/open-cached-grants.ts'
import { issueGrant } from '../../../test/support/open-grants.ts'
import { createGrants } from '../../grants/create-grants.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import { createMemorySessionStore } from '../../stores/memory/session-store.ts'
import { createSessions } from '../create-sessions.ts'
import type { CacheOptions } from '../options.ts'
import { openSharedLease } from './shared-lease.ts'

/** Reports the changes of two channels as one, as that of a database with both tables does. */
function combine(one: RevocationChannel, other: RevocationChannel): RevocationChannel {
  return {
    subscribe(options) {
      const subscriptions = [one.subscribe(options), other.subscribe(options)]
      return {
        freshAsOf: () => Math.min(...subscriptions.map((each) => each.freshAsOf())),
        requestHeartbeat() {
          for (const each of subscriptions) each.requestHeartbeat()
        },
        async close() {
          await Promise.all(subscriptions.map((each) => each.close()))
        },
      }
    },
  }
}

/** Sessions and grants of one process, with one channel. */
async function openBoth(
  nodes: ReturnType<typeof openCachedGrants>,
  ofGrants: Partial<CacheOptions> = {},
) {
  const { clock, monotonicClock, memoryStore } = nodes
  const sessionStore = createMemorySessionStore()
  const control = createControllableChannel(
    combine(sessionStore.revocations, memoryStore.revocations),
  )
  const cache = { channel: control.channel, monotonicClock }
  const sessions = createSessions({ store: sessionStore, data: { initial: {} }, clock, cache })
  const grants = createGrants(memoryStore, { clock, cache: { ...cache, ...ofGrants } })
  const signedIn = await sessions.signIn({ userId: 'ada' })
  if (signedIn.status !== 'signed-in') throw new Error(signedIn.reason)
  const { accessToken, grant } = await issueGrant(grants)
  const { token, session } = signedIn
  const verifyBoth = async () => [
    (await sessions.verify(token)).status,
    (await grants.verify(accessToken)).status,
  ]
  await verifyBoth()
  return { control, sessions, grants, session, grant, verifyBoth, sessionStore }
}

describe('a channel that sessions and grants share', () => {
  it('has one subscription, which ends with the last of them', async () => {
    await using nodes = openCachedGrants()
    const { control, sessions, grants, verifyBoth } = await openBoth(nodes)
    expect(control.listeners.size).toBe(1)

    await sessions.close()
    expect(control.listeners.size).toBe(1)
    await expect(verifyBoth()).rejects.toMatchObject({ code: 'closed' })
    await grants.close()
    expect(control.listeners.size).toBe(0)
  })

  it('requests no more heartbeats than one of them alone', async () => {
    await using nodes = openCachedGrants()
    const { control } = await openBoth(nodes)
    const before = control.heartbeatCount()

    nodes.advance(2_000)

    expect(control.heartbeatCount() - before).toBe(4)
  })

  it('reports the changes of each to each', async () => {
    await using nodes = openCachedGrants()
    const { grant, session, sessionStore, verifyBoth, sessions, grants } = await openBoth(nodes)
    await verifyBoth()
    const hits = [sessions.cacheStatistics()?.hits, grants.cacheStatistics()?.hits]
    expect(hits).toEqual([1, 1])
    const ending = { reason: 'ended-by-user', at: nodes.clock.now(), by: null }

    await sessionStore.end(session.id, ending)
    expect(await verifyBoth()).toEqual(['ended', 'active'])
    await nodes.memoryStore.end(grant.id, ending)
    expect(await verifyBoth()).toEqual(['ended', 'ended'])
  })

  it('stops serving both when its lease expires', async () => {
    await using nodes = openCachedGrants()
    const { control, verifyBoth, sessions, grants } = await openBoth(nodes)
    control.pause()
    nodes.advance(2_000)
    const before = [sessions.cacheStatistics()?.misses, grants.cacheStatistics()?.misses]

    await verifyBoth()

    const after = [sessions.cacheStatistics()?.misses, grants.cacheStatistics()?.misses]
    expect([before, after]).toEqual([
      [1, 1],
      [2, 2],
    ])
    expect(grants.cacheStatistics()).toMatchObject({ leaseHeld: false })
  })

  it('keeps serving one after the other was closed', async () => {
    await using nodes = openCachedGrants()
    const { sessions, grants, grant } = await openBoth(nodes)
    await sessions.close()

    expect(grants.cacheStatistics()).toMatchObject({ leaseHeld: true })
    expect((await grants.list('ada')).map(({ id }) => id)).toEqual([grant.id])
    await grants.close()
    expect(grants.cacheStatistics()).toMatchObject({ leaseHeld: false })
  })

  it('has a subscription for each lease duration', async () => {
    await using nodes = openCachedGrants()
    const { control, sessions, grants } = await openBoth(nodes, { leaseDuration: '1s' })
    expect(control.listeners.size).toBe(2)

    await Promise.all([sessions.close(), grants.close()])
    expect(control.listeners.size).toBe(0)
  })
})

describe('openSharedLease', () => {
  /** A channel that is always fresh, and counts its subscriptions. */
  function openChannel() {
    let open = 0
    let total = 0
    const channel: RevocationChannel = {
      subscribe({ clock }) {
        open += 1
        total += 1
        return {
          freshAsOf: () => clock.now(),
          requestHeartbeat() {},
          async close() {
            open -= 1
          },
        }
      },
    }
    return { channel, counts: () => ({ open, total }) }
  }

  function aListener() {
    let resets = 0
    return {
      resetCount: () => resets,
      onChange() {},
      onReset() {
        resets += 1
      },
      onLatency() {},
      onInterrupted() {},
    }
  }

  const clock = { now: () => 0 }
  const leaseDuration = 2_000

  it('resets a cache that joins: what happened before was reported to the others', async () => {
    const { channel } = openChannel()
    const options = { channel, clock, monotonicClock: clock, leaseDuration }
    const [first, joining] = [aListener(), aListener()]
    const one = openSharedLease({ ...options, listener: first })
    const other = openSharedLease({ ...options, listener: joining })

    expect([first.resetCount(), joining.resetCount()]).toEqual([0, 1])
    await Promise.all([one.close(), other.close()])
  })

  it('is not held by a cache that has closed it', async () => {
    const { channel, counts } = openChannel()
    const options = { channel, clock, monotonicClock: clock, leaseDuration }
    const closed = openSharedLease({ ...options, listener: aListener() })
    const kept = openSharedLease({ ...options, listener: aListener() })
    expect([closed.isHeld(), kept.isHeld(), closed.wasHeld()]).toEqual([true, true, true])

    await closed.close()

    expect([closed.isHeld(), closed.wasHeld()]).toEqual([false, false])
    expect([kept.isHeld(), kept.wasHeld()]).toEqual([true, true])
    await kept.close()
    expect(counts()).toEqual({ open: 0, total: 1 })
  })

  it('subscribes again after the last one has closed it, and closes each once', async () => {
    const { channel, counts } = openChannel()
    const options = { channel, clock, monotonicClock: clock, leaseDuration }
    const first = openSharedLease({ ...options, listener: aListener() })
    await Promise.all([first.close(), first.close()])
    const next = openSharedLease({ ...options, listener: aListener() })

    expect(counts()).toEqual({ open: 1, total: 2 })
    expect(next.isHeld()).toBe(true)
    await next.close()
    expect(counts()).toEqual({ open: 0, total: 2 })
  })

  it('is not shared by caches with other clocks', async () => {
    const { channel, counts } = openChannel()
    const options = { channel, clock, monotonicClock: clock, leaseDuration }
    const other = { now: () => 0 }
    const leases = [options, { ...options, clock: other }, { ...options, monotonicClock: other }]
    const opened = leases.map((each) => openSharedLease({ ...each, listener: aListener() }))

    expect(counts()).toEqual({ open: 3, total: 3 })
    await Promise.all(opened.map((each) => each.close()))
    expect(counts()).toEqual({ open: 0, total: 3 })
  })
})
