import { describe, expect, it } from 'vitest'
import { createControllableChannel } from '../../../test/support/controllable-channel.ts'
import { openCachedGrants } from '../../../test/support/open-cached-grants.ts'
import { issueGrant } from '../../../test/support/open-grants.ts'
import { createGrants } from '../../grants/create-grants.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import { createMemorySessionStore } from '../../stores/memory/session-store.ts'
import { createSessions } from '../create-sessions.ts'
import type { CacheOptions } from '../options.ts'

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
