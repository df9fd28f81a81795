import { describe, expect, it } from 'vitest'
import {
  type CachedGrantNode,
  type CachedGrantNodes,
  openCachedGrants,
} from '../../test/support/open-cached-grants.ts'
import { issueGrant, refreshAs, requireRefreshed } from '../../test/support/open-grants.ts'
import { SessionError } from '../domain/errors.ts'
import { minute, second } from '../domain/time.ts'

const lease = 2 * second
const byUser = { reason: 'ended-by-user', by: 'ada' } as const

/** A grant that one of two processes has in its cache. */
async function openTwoNodes(nodes: CachedGrantNodes) {
  const here = nodes.node()
  const there = nodes.node()
  const issued = await issueGrant(here.grants)
  await here.grants.verify(issued.accessToken)
  here.calls.length = 0
  return { here, there, ...issued }
}

describe('cached verification of grants', () => {
  it('reads the store once, and returns the same result', async () => {
    await using nodes = openCachedGrants()
    const { grants, calls } = nodes.node()
    const { accessToken, grant } = await issueGrant(grants)
    calls.length = 0

    const first = await grants.verify(accessToken)
    const next = await grants.verify(accessToken)

    expect(first).toMatchObject({ status: 'active', grant })
    expect(next).toEqual(first)
    expect(calls).toEqual(['find'])
    expect(grants.cacheStatistics()).toMatchObject({ hits: 1, misses: 1, entries: 1 })
  })

  it('rejects a token that expires in the cache, to the millisecond', async () => {
    await using nodes = openCachedGrants()
    const { here, accessToken, accessTokenExpiresAt } = await openTwoNodes(nodes)
    nodes.clock.set(accessTokenExpiresAt - 1)
    await here.grants.verify(accessToken)
    expect((await here.grants.verify(accessToken)).status).toBe('active')
    nodes.clock.advance(1)

    expect(await here.grants.verify(accessToken)).toEqual({ status: 'none', reason: 'expired' })
  })

  it('does not cache a grant for a wrong secret', async () => {
    await using nodes = openCachedGrants()
    const { grants } = nodes.node()
    const { accessToken } = await issueGrant(grants)
    const wrong = `${accessToken.split('.')[0]}.${'A'.repeat(43)}`

    expect(await grants.verify(wrong)).toEqual({ status: 'none', reason: 'unknown' })
    expect(grants.cacheStatistics()).toMatchObject({ entries: 0 })
  })

  it('ends immediately in the process that ends the grant, whatever the channel reports', async () => {
    await using nodes = openCachedGrants()
    const { grants, channelControl } = nodes.node({ options: { maxGrantsPerClient: 2 } })
    channelControl.pause()
    const verifyAll = (tokens: readonly string[]) => Promise.all(tokens.map(grants.verify))
    const one = await issueGrant(grants)
    const byClient = await issueGrant(grants, { clientId: 'web' })
    const byToken = await issueGrant(grants, { clientId: 'sync' })
    const capped = await issueGrant(grants, { clientId: 'many' })
    nodes.advance(1)
    await issueGrant(grants, { clientId: 'many' })
    const rest = await issueGrant(grants, { userId: 'grace' })
    const tokens = [one, byClient, byToken, capped, rest].map(({ accessToken }) => accessToken)
    for (let round = 0; round < 2; round += 1) await verifyAll(tokens)
    expect(grants.cacheStatistics()).toMatchObject({ hits: 5, entries: 5 })

    await grants.revoke('ada', one.grant.id, byUser)
    await grants.revokeAllOfClient('web', { reason: 'client-removed' })
    await grants.revokeToken({ token: byToken.refreshToken, clientId: 'sync' })
    await issueGrant(grants, { clientId: 'many' })
    await grants.revokeAllForUser('grace', { reason: 'password-changed' })

    const results = await verifyAll(tokens)
    expect(results.map((each) => each.status === 'ended' && each.reason)).toEqual([
      'ended-by-user',
      'client-removed',
      'ended-by-client',
      'grant-cap',
      'password-changed',
    ])
  })

  it('ends in the process that sweeps', async () => {
    await using nodes = openCachedGrants()
    const { grants, channelControl } = nodes.node({ options: { timeouts: { idle: '1h' } } })
    channelControl.pause()
    const { accessToken, grant } = await issueGrant(grants)
    await grants.verify(accessToken)
    nodes.clock.advance(60 * minute)

    await grants.sweep()

    expect(grants.cacheStatistics()).toMatchObject({ entries: 0 })
    const ended = { status: 'ended', grantId: grant.id, reason: 'idle-timeout' }
    expect(await grants.verify(accessToken)).toEqual(ended)
  })

  it('ends in another process when the channel reports it', async () => {
    await using nodes = openCachedGrants()
    const { here, there, accessToken, grant } = await openTwoNodes(nodes)

    await there.grants.revoke('ada', grant.id, byUser)

    expect(await here.grants.verify(accessToken)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.calls).toEqual(['find'])
  })

  it('ends when the lease expires, to the millisecond, if the channel reports nothing', async () => {
    await using nodes = openCachedGrants()
    const { here, there, accessToken, grant } = await openTwoNodes(nodes)
    here.channelControl.pause()
    await there.grants.revoke('ada', grant.id, byUser)

    nodes.advance(lease - 1)
    expect((await here.grants.verify(accessToken)).status).toBe('active')
    expect(here.calls).toEqual([])
    nodes.advance(1)
    expect(await here.grants.verify(accessToken)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.grants.cacheStatistics()).toMatchObject({ leaseHeld: false, leaseLosses: 1 })
  })

  it('is an error, and no acceptance, if the store fails without a lease', async () => {
    await using nodes = openCachedGrants()
    const planned: { error: Error | null } = { error: null }
    const { grants, channelControl, events } = nodes.node({
      wrapStore: (store) => ({
        ...store,
        find: (id) => (planned.error === null ? store.find(id) : Promise.reject(planned.error)),
      }),
    })
    const { accessToken } = await issueGrant(grants)
    await grants.verify(accessToken)
    planned.error = new SessionError('connection-refused', 'the server is down')

    expect((await grants.verify(accessToken)).status).toBe('active')
    channelControl.pause()
    channelControl.interrupt('connection-lost')
    nodes.advance(lease)
    await expect(grants.verify(accessToken)).rejects.toBe(planned.error)
    expect(events.map(({ type }) => type)).toEqual([
      'grant-created',
      'revocation-channel-interrupted',
      'store-failed',
    ])
  })

  it('accepts a new access token that another process has issued', async () => {
    await using nodes = openCachedGrants()
    const { here, there, accessToken, refreshToken } = await openTwoNodes(nodes)
    here.channelControl.pause()
    const refreshed = requireRefreshed(await refreshAs(there.grants, refreshToken))

    expect((await here.grants.verify(refreshed.accessToken)).status).toBe('active')
    expect((await here.grants.verify(accessToken)).status).toBe('active')
    expect(here.calls).toEqual(['find'])
  })

  it('is not contradicted by the cache after a refresh, an inspection or a list', async () => {
    await using nodes = openCachedGrants()
    const { here, there, accessToken, refreshToken, grant } = await openTwoNodes(nodes)
    const uses = [
      () => refreshAs(here.grants, refreshToken),
      () => here.grants.inspect(accessToken),
      () => here.grants.revoke('ada', grant.id, byUser),
    ]
    here.channelControl.pause()
    await there.grants.revoke('ada', grant.id, { reason: 'ended-by-operator' })

    for (const use of uses) {
      await use()
      const verified = await here.grants.verify(accessToken)
      expect(verified).toMatchObject({ status: 'ended', reason: 'ended-by-operator' })
    }
  })

  it('drops a grant of which any read shows a refresh by another process', async () => {
    await using nodes = openCachedGrants()
    const reads = [
      ({ grants }: CachedGrantNode, token: string) => grants.inspect(token),
      ({ grants }: CachedGrantNode) => grants.list('ada'),
    ]
    for (const read of reads) {
      const { here, there, accessToken, refreshToken } = await openTwoNodes(nodes)
      here.channelControl.pause()
      const next = requireRefreshed(await refreshAs(there.grants, refreshToken))
      const last = requireRefreshed(await refreshAs(there.grants, next.refreshToken))

      expect((await here.grants.verify(accessToken)).status).toBe('active')
      await read(here, last.accessToken)
      expect(await here.grants.verify(accessToken)).toMatchObject({ reason: 'unknown' })
    }
  })

  it('drops a grant whose change failed, because it may have been applied', async () => {
    await using nodes = openCachedGrants()
    const { grants, channelControl } = nodes.node({
      wrapStore: (store) => ({
        ...store,
        async end(id, ending) {
          await store.end(id, ending)
          throw new SessionError('store-unavailable', 'the response was lost')
        },
        async endByUser(userId, ending) {
          await store.endByUser(userId, ending)
          throw new SessionError('store-unavailable', 'the response was lost')
        },
      }),
    })
    channelControl.pause()
    const one = await issueGrant(grants)
    const other = await issueGrant(grants, { userId: 'grace' })
    for (const { accessToken } of [one, other]) await grants.verify(accessToken)

    await expect(grants.revoke('ada', one.grant.id, byUser)).rejects.toThrow('lost')
    await expect(grants.revokeAllForUser('grace', byUser)).rejects.toThrow('lost')

    for (const { accessToken } of [one, other]) {
      expect((await grants.verify(accessToken)).status).toBe('ended')
    }
  })

  it('combines concurrent reads of one grant', async () => {
    await using nodes = openCachedGrants()
    const { grants, calls } = nodes.node()
    const { accessToken } = await issueGrant(grants)
    calls.length = 0

    const results = await Promise.all(Array.from({ length: 20 }, () => grants.verify(accessToken)))

    expect(results.every(({ status }) => status === 'active')).toBe(true)
    expect(calls).toEqual(['find'])
    expect(grants.cacheStatistics()).toMatchObject({ coalescedReads: 19 })
  })

  it('keeps within its limits', async () => {
    await using nodes = openCachedGrants()
    const { grants } = nodes.node({
      cache: { maxEntries: 3 },
      options: { maxGrantsPerClient: 100 },
    })
    for (let count = 0; count < 5; count += 1) {
      await grants.verify((await issueGrant(grants)).accessToken)
    }
    expect(grants.cacheStatistics()).toMatchObject({ entries: 3, evictions: 2 })
  })

  it('close ends the subscription to the channel', async () => {
    await using nodes = openCachedGrants()
    const { grants, channelControl } = nodes.node()
    await grants.verify((await issueGrant(grants)).accessToken)
    expect(channelControl.listeners.size).toBe(1)

    await grants.close()

    expect(channelControl.listeners.size).toBe(0)
  })
})
