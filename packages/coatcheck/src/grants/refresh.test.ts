import { describe, expect, it } from 'vitest'
import {
  issueGrant,
  openGrants,
  refreshAs,
  requireRefreshed,
} from '../../test/support/open-grants.ts'
import { day, minute, second } from '../domain/time.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import { createMemoryGrantStore } from '../stores/memory/grant-store.ts'
import { anInstant } from '../testing/builders.ts'
import { createFakeClock } from '../testing/fake-clock.ts'

const rejected = (reason: string) => ({ status: 'rejected', reason })

describe('refresh', () => {
  it('replaces both tokens, and keeps the grant', async () => {
    const { grants, clock } = openGrants()
    const issued = await issueGrant(grants)
    clock.advance(minute)

    const refreshed = requireRefreshed(await refreshAs(grants, issued.refreshToken))

    expect(refreshed.grant).toEqual({ ...issued.grant, lastRefreshedAt: anInstant + minute })
    expect(refreshed.accessTokenExpiresAt).toBe(anInstant + 16 * minute)
    const tokens = [issued, refreshed].flatMap((each) => [each.accessToken, each.refreshToken])
    expect(new Set(tokens).size).toBe(4)
    expect(await grants.verify(refreshed.accessToken)).toMatchObject({ status: 'active' })
  })

  it('leaves the previous access token valid until it expires, to the millisecond', async () => {
    const { grants, clock } = openGrants()
    const issued = await issueGrant(grants)
    clock.advance(5 * minute)
    await refreshAs(grants, issued.refreshToken)

    clock.set(issued.accessTokenExpiresAt - 1)
    expect((await grants.verify(issued.accessToken)).status).toBe('active')
    clock.advance(1)
    expect(await grants.verify(issued.accessToken)).toMatchObject({ reason: 'expired' })
  })

  it('rejects a malformed token without reading the store, and an unknown one', async () => {
    const { grants, calls, events } = openGrants()
    const { refreshToken, accessToken } = await issueGrant(grants)
    calls.length = 0

    for (const token of ['', 'x', accessToken, ` ${refreshToken}`, `${refreshToken}\n`]) {
      expect(await refreshAs(grants, token)).toEqual(rejected('malformed'))
    }
    expect(calls).toEqual([])
    const [prefixAndId = '', family = '', secret = ''] = refreshToken.split('.')
    const [, otherFamily = '', otherSecret = ''] = (await issueGrant(grants)).refreshToken.split(
      '.',
    )
    const guesses = [`${otherFamily}.${secret}`, `${otherFamily}.${otherSecret}`]
    for (const rest of guesses) {
      expect(await refreshAs(grants, `${prefixAndId}.${rest}`)).toEqual(rejected('unknown'))
    }
    expect(family).toHaveLength(22)
    expect((await refreshAs(grants, refreshToken)).status).toBe('refreshed')
    const reasons = events.flatMap((each) =>
      each.type === 'grant-token-rejected' ? [each.reason] : [],
    )
    expect(reasons).toEqual([...Array.from({ length: 5 }, () => 'malformed'), 'unknown', 'unknown'])
  })

  it('rejects the token of another client, and changes nothing', async () => {
    const { grants, calls, events } = openGrants()
    const { refreshToken } = await issueGrant(grants)
    calls.length = 0

    const outcome = await refreshAs(grants, refreshToken, { clientId: 'web' })

    expect(outcome).toEqual(rejected('wrong-client'))
    expect(calls).toEqual(['find'])
    expect(events.at(-1)).toMatchObject({ type: 'grant-token-rejected', reason: 'wrong-client' })
    expect((await refreshAs(grants, refreshToken)).status).toBe('refreshed')
  })

  it('narrows the scopes of the new access token only', async () => {
    const { grants } = openGrants()
    const { refreshToken } = await issueGrant(grants, { scopes: ['a', 'b', 'c'] })

    const narrowed = await refreshAs(grants, refreshToken, { scopes: ['c', 'a'] })

    const { accessToken, scopes, grant, refreshToken: next } = requireRefreshed(narrowed)
    expect([scopes, grant.scopes]).toEqual([
      ['a', 'c'],
      ['a', 'b', 'c'],
    ])
    expect(await grants.verify(accessToken)).toMatchObject({ scopes: ['a', 'c'] })
    expect(requireRefreshed(await refreshAs(grants, next)).scopes).toEqual(['a', 'b', 'c'])
  })

  it('refuses a scope that was not granted, and changes nothing', async () => {
    const { grants, calls } = openGrants()
    const { refreshToken } = await issueGrant(grants, { scopes: ['links:read'] })
    calls.length = 0

    for (const scopes of [['links:write'], ['links:read', 'links:write'], ['LINKS:READ']]) {
      const outcome = await refreshAs(grants, refreshToken, { scopes })
      expect(outcome).toEqual(rejected('scope-not-granted'))
    }
    expect(calls).toEqual(['find', 'find', 'find'])
    expect((await refreshAs(grants, refreshToken)).status).toBe('refreshed')
  })

  it('rejects an expired grant at its idle and its absolute deadline, to the millisecond', async () => {
    const timeouts = { absolute: '50d', idle: '30d' } as const
    const { grants, clock, events } = openGrants({ timeouts })
    const { refreshToken } = await issueGrant(grants)
    const unused = await issueGrant(grants)
    clock.set(anInstant + 30 * day - 1)
    const refreshed = requireRefreshed(await refreshAs(grants, refreshToken))
    clock.advance(1)
    expect(await refreshAs(grants, unused.refreshToken)).toEqual(rejected('expired'))

    clock.set(anInstant + 50 * day - 1)
    const last = requireRefreshed(await refreshAs(grants, refreshed.refreshToken))
    expect(last.accessTokenExpiresAt).toBe(anInstant + 50 * day)
    clock.advance(1)
    expect(await refreshAs(grants, last.refreshToken)).toEqual(rejected('expired'))
    expect(await grants.verify(last.accessToken)).toMatchObject({ reason: 'expired' })
    expect(events.some(({ type }) => type === 'refresh-token-reused')).toBe(false)
  })
})

describe('a refresh token that was replaced', () => {
  it('returns the identical tokens within the grace period, also after a lost response', async () => {
    const { grants, clock, events } = openGrants()
    const { refreshToken } = await issueGrant(grants)
    const first = await refreshAs(grants, refreshToken)

    clock.advance(10 * second - 1)
    const again = await refreshAs(grants, refreshToken)

    expect(again).toEqual(first)
    expect(events.filter(({ type }) => type === 'grant-refreshed')).toHaveLength(1)
  })

  it('is evidence of theft when the grace period has ended, to the millisecond', async () => {
    const { grants, clock, events } = openGrants()
    const { refreshToken, grant } = await issueGrant(grants)
    const { accessToken, refreshToken: next } = requireRefreshed(
      await refreshAs(grants, refreshToken),
    )
    clock.advance(10 * second)

    expect(await refreshAs(grants, refreshToken)).toEqual(rejected('reused'))

    expect(await refreshAs(grants, next)).toEqual(rejected('ended'))
    const ended = { status: 'ended', grantId: grant.id, reason: 'refresh-token-reused' }
    expect(await grants.verify(accessToken)).toEqual(ended)
    expect(events.filter(({ type }) => type.startsWith('grant-rev'))).toEqual([])
    expect(events.filter(({ type }) => type === 'refresh-token-reused')).toEqual([
      {
        type: 'refresh-token-reused',
        at: anInstant + 10 * second,
        grantId: grant.id,
        userId: 'ada',
        clientId: 'cli',
      },
    ])
  })

  it('returns the same tokens to a request from the grace period that took longer', async () => {
    const store = createMemoryGrantStore()
    const { grants, clock } = openGrants({ store })
    const { refreshToken } = await issueGrant(grants)
    const first = await refreshAs(grants, refreshToken)
    const find: GrantStore['find'] = (id) => {
      clock.advance(10 * second)
      return store.find(id)
    }
    const slow = openGrants({ store: { ...store, find }, clock })

    clock.advance(10 * second - 1)
    expect(await refreshAs(slow.grants, refreshToken)).toEqual(first)
    expect(await refreshAs(slow.grants, refreshToken)).toEqual(rejected('reused'))
  })

  it('is evidence of theft immediately without a grace period', async () => {
    const { grants } = openGrants({ refreshGrace: 0 })
    const { refreshToken } = await issueGrant(grants)
    await refreshAs(grants, refreshToken)

    expect(await refreshAs(grants, refreshToken)).toEqual(rejected('reused'))
  })

  it('ends the grant as reused if two refreshes have passed, within the grace period too', async () => {
    const { grants, events } = openGrants()
    const { refreshToken: first } = await issueGrant(grants)
    const { refreshToken: next } = requireRefreshed(await refreshAs(grants, first))
    const { refreshToken: last } = requireRefreshed(await refreshAs(grants, next))

    expect(await refreshAs(grants, first)).toEqual(rejected('reused'))

    expect(await refreshAs(grants, last)).toEqual(rejected('ended'))
    expect(events.filter(({ type }) => type === 'refresh-token-reused')).toHaveLength(1)
  })

  it('ends the grant as reused if another client presents it', async () => {
    const { grants, clock } = openGrants()
    const { refreshToken } = await issueGrant(grants)
    await refreshAs(grants, refreshToken)
    clock.advance(minute)

    const outcome = await refreshAs(grants, refreshToken, { clientId: 'web' })

    expect(outcome).toEqual(rejected('reused'))
  })

  it('leaves no second branch: the repeated tokens are the only ones of the grant', async () => {
    const { grants, clock } = openGrants()
    const { refreshToken } = await issueGrant(grants)
    const lost = requireRefreshed(await refreshAs(grants, refreshToken))
    const retried = requireRefreshed(await refreshAs(grants, refreshToken))
    clock.advance(minute)
    const next = requireRefreshed(await refreshAs(grants, retried.refreshToken))
    clock.advance(minute)

    // The response that was lost had the same token, so a thief who has it is detected.
    expect(await refreshAs(grants, lost.refreshToken)).toEqual(rejected('reused'))
    expect(await refreshAs(grants, next.refreshToken)).toEqual(rejected('ended'))
  })

  it('is rejected after a revocation, without a second end', async () => {
    const { grants, clock, events } = openGrants()
    const { refreshToken, grant } = await issueGrant(grants)
    await refreshAs(grants, refreshToken)
    await grants.revoke('ada', grant.id, { reason: 'ended-by-user', by: 'ada' })

    expect(await refreshAs(grants, refreshToken)).toEqual(rejected('ended'))
    clock.advance(minute)
    expect(await refreshAs(grants, refreshToken)).toEqual(rejected('ended'))
    expect(events.filter(({ type }) => type === 'refresh-token-reused')).toEqual([])
  })

  it('refuses fewer scopes than the access token has that it would return again', async () => {
    const { grants } = openGrants()
    const { refreshToken } = await issueGrant(grants, { scopes: ['a', 'b'] })
    const narrow = await refreshAs(grants, refreshToken, { scopes: ['a'] })

    expect(await refreshAs(grants, refreshToken, { scopes: ['b'] })).toEqual(
      rejected('scope-differs'),
    )
    expect(await refreshAs(grants, refreshToken, { scopes: ['a'] })).toEqual(narrow)
    expect(await refreshAs(grants, refreshToken)).toEqual(narrow)
  })

  it('reports one reuse for many concurrent requests', async () => {
    const { grants, clock, events } = openGrants()
    const { refreshToken } = await issueGrant(grants)
    await refreshAs(grants, refreshToken)
    clock.advance(minute)

    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => refreshAs(grants, refreshToken)),
    )

    const reasons = outcomes.map((each) => each.status === 'rejected' && each.reason).toSorted()
    expect(reasons).toEqual([...Array.from({ length: 9 }, () => 'ended'), 'reused'])
    expect(events.filter(({ type }) => type === 'refresh-token-reused')).toHaveLength(1)
  })
})

describe('grants of two devices', () => {
  it('share no token: the reuse on one does not end the other', async () => {
    const { grants, clock } = openGrants()
    const phone = await issueGrant(grants)
    const laptop = await issueGrant(grants)
    await refreshAs(grants, phone.refreshToken)
    const other = requireRefreshed(await refreshAs(grants, laptop.refreshToken))
    clock.advance(minute)

    expect(await refreshAs(grants, phone.refreshToken)).toEqual(rejected('reused'))
    expect((await refreshAs(grants, other.refreshToken)).status).toBe('refreshed')
  })

  it('share no lineage: the id of one with the secrets of the other names no token', async () => {
    const { grants, events } = openGrants()
    const phone = (await issueGrant(grants)).refreshToken.split('.')
    const laptop = (await issueGrant(grants)).refreshToken.split('.')

    const mixed = [
      [phone[0], laptop[1], laptop[2]],
      [phone[0], laptop[1], phone[2]],
      [laptop[0], phone[1], phone[2]],
    ]
    for (const parts of mixed) {
      expect(await refreshAs(grants, parts.join('.'))).toEqual(rejected('unknown'))
    }
    expect(events.some(({ type }) => type === 'refresh-token-reused')).toBe(false)
    for (const parts of [phone, laptop]) {
      expect((await refreshAs(grants, parts.join('.'))).status).toBe('refreshed')
    }
  })
})

/** Delays every call of a store by a random number of turns, so that operations of two processes interleave. */
function interleaved(store: GrantStore): GrantStore {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        await turns(Math.floor(Math.random() * 5))
        const result: unknown = await Reflect.apply(method, target, args)
        await turns(Math.floor(Math.random() * 5))
        return result
      }
    },
  })
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

describe('concurrent refreshes', () => {
  it('return one new pair for 50 requests with one token, in two processes', async () => {
    const store = createMemoryGrantStore()
    const clock = createFakeClock()
    const here = openGrants({ store: interleaved(store), clock })
    const there = openGrants({ store: interleaved(store), clock })
    for (let round = 0; round < 20; round += 1) {
      const { refreshToken } = await issueGrant(here.grants)
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          refreshAs(index % 2 ? here.grants : there.grants, refreshToken),
        ),
      )
      const pairs = outcomes.map(requireRefreshed)
      expect(new Set(pairs.map((each) => each.refreshToken)).size).toBe(1)
      expect(new Set(pairs.map((each) => each.accessToken)).size).toBe(1)
    }
    const refreshes = [...here.events, ...there.events].filter(
      ({ type }) => type === 'grant-refreshed',
    )
    expect(refreshes).toHaveLength(20)
  })

  it('leave one family active, or none, without a grace period', async () => {
    const { grants } = openGrants({
      store: interleaved(createMemoryGrantStore()),
      refreshGrace: 0,
    })
    for (let round = 0; round < 20; round += 1) {
      const { refreshToken } = await issueGrant(grants, { userId: `user-${round}` })
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => refreshAs(grants, refreshToken)),
      )
      const pairs = outcomes.flatMap((each) => (each.status === 'refreshed' ? [each] : []))
      expect(pairs.length).toBe(1)
      // A request with the replaced token has ended the grant.
      for (const pair of pairs) {
        expect(await refreshAs(grants, pair.refreshToken)).toEqual(rejected('ended'))
      }
    }
  })

  it('end with the grant if it is revoked meanwhile', async () => {
    const store = interleaved(createMemoryGrantStore())
    const { grants } = openGrants({ store })
    for (let round = 0; round < 50; round += 1) {
      const { refreshToken, grant } = await issueGrant(grants)
      const refreshing = refreshAs(grants, refreshToken)
      await grants.revoke('ada', grant.id, { reason: 'ended-by-user' })
      const outcome = await refreshing

      if (outcome.status === 'refreshed') {
        expect((await grants.verify(outcome.accessToken)).status).toBe('ended')
        expect(await refreshAs(grants, outcome.refreshToken)).toEqual(rejected('ended'))
      } else expect(outcome.reason).toBe('ended')
    }
  })
})

describe('a failing store', () => {
  it('rejects a refresh with its error, and accepts the retry of the client', async () => {
    const store = createMemoryGrantStore()
    const { grants } = openGrants({ store })
    const { refreshToken } = await issueGrant(grants)
    const failing = openGrants({ store: { ...store, rotate: failAfter(store.rotate) } })

    // The store has replaced the token, but its response was lost.
    await expect(refreshAs(failing.grants, refreshToken)).rejects.toThrow('response lost')
    const first = requireRefreshed(await refreshAs(grants, refreshToken))
    expect(await refreshAs(grants, refreshToken)).toEqual({ status: 'refreshed', ...first })
    expect((await grants.verify(first.accessToken)).status).toBe('active')
    expect((await refreshAs(grants, first.refreshToken)).status).toBe('refreshed')
    const failed = { type: 'store-failed', operation: 'rotate', code: 'store-unavailable' }
    expect(failing.events.at(-1)).toMatchObject(failed)
  })

  it('rejects a refresh that neither succeeds nor is outdated', async () => {
    const store = createMemoryGrantStore()
    const { grants } = openGrants({ store: { ...store, rotate: async () => false } })
    const { refreshToken } = await issueGrant(grants)

    await expect(refreshAs(grants, refreshToken)).rejects.toMatchObject({
      code: 'store-unavailable',
    })
  })
})

function failAfter<Args extends unknown[]>(method: (...args: Args) => Promise<unknown>) {
  return async (...args: Args): Promise<never> => {
    await method(...args)
    throw new Error('response lost')
  }
}

describe('clocks that differ', () => {
  it('change the length of the grace period, but a reuse after the next refresh is found', async () => {
    const store = createMemoryGrantStore()
    const here = openGrants({ store })
    const ahead = openGrants({ store, clock: createFakeClock(anInstant + 5 * minute) })
    const { refreshToken } = await issueGrant(here.grants)
    const first = await refreshAs(ahead.grants, refreshToken)

    here.clock.advance(minute)
    expect(await refreshAs(here.grants, refreshToken)).toEqual(first)
    await refreshAs(here.grants, requireRefreshed(first).refreshToken)
    expect(await refreshAs(here.grants, refreshToken)).toEqual(rejected('reused'))
  })

  it('never move the last refresh back', async () => {
    const store = createMemoryGrantStore()
    const here = openGrants({ store })
    const behind = openGrants({ store, clock: createFakeClock(anInstant - minute) })
    const { refreshToken, grant } = await issueGrant(here.grants)

    const { grant: refreshed } = requireRefreshed(await refreshAs(behind.grants, refreshToken))

    expect(refreshed.lastRefreshedAt).toBe(grant.lastRefreshedAt)
    expect((await store.find(grant.id))?.lastRefreshedAt).toBe(grant.lastRefreshedAt)
  })
})

describe('stored grants', () => {
  it('contain no secret and no token, only hashes and a salt', async () => {
    const { grants, store } = openGrants()
    const issued = await issueGrant(grants)
    const refreshed = requireRefreshed(await refreshAs(grants, issued.refreshToken))

    const record = await store.find(issued.grant.id)
    const text = dump(record)
    const secrets = [issued, refreshed].flatMap(({ accessToken, refreshToken }) => [
      ...accessToken.split('.').slice(1),
      ...refreshToken.split('.').slice(1),
    ])
    expect(secrets).toHaveLength(6)
    for (const secret of secrets) {
      expect(text.includes(secret)).toBe(false)
      expect(text.includes(Buffer.from(secret, 'base64url').toString('hex'))).toBe(false)
    }
  })

  it('are not enough to derive the tokens: another secret with the same salt gives others', async () => {
    const { grants, store } = openGrants()
    const one = await issueGrant(grants)
    await refreshAs(grants, one.refreshToken)
    const before = await store.find(one.grant.id)

    const other = await issueGrant(grants)
    await refreshAs(grants, other.refreshToken)
    const after = await store.find(other.grant.id)

    expect(before?.rotation?.salt).toHaveLength(32)
    expect(before?.rotation?.salt).not.toEqual(after?.rotation?.salt)
  })
})

/** Everything in a record as text, with bytes in hexadecimal. */
function dump(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each instanceof Uint8Array ? Buffer.from(each).toString('hex') : each,
  )
}
