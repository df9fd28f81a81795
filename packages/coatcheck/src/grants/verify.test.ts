import { describe, expect, it } from 'vitest'
import {
  issueGrant,
  openGrants,
  refreshAs,
  requireRefreshed,
} from '../../test/support/open-grants.ts'
import { SessionError } from '../domain/errors.ts'
import { minute } from '../domain/time.ts'
import { createMemoryGrantStore } from '../stores/memory/grant-store.ts'
import { anInstant } from '../testing/builders.ts'

const none = (reason: string) => ({ status: 'none', reason })

describe('verify', () => {
  it('returns the grant, the scopes and the expiry of a valid access token', async () => {
    const { grants, calls } = openGrants()
    const { accessToken, grant } = await issueGrant(grants)
    calls.length = 0

    expect(await grants.verify(accessToken)).toEqual({
      status: 'active',
      grant,
      scopes: ['links:read', 'links:write'],
      expiresAt: anInstant + 15 * minute,
    })
    expect(calls).toEqual(['find'])
  })

  it('returns a grant without hashes that no caller can change', async () => {
    const { grants } = openGrants()
    const { accessToken } = await issueGrant(grants)
    const verified = await grants.verify(accessToken)

    if (verified.status !== 'active') throw new Error(verified.status)
    expect(Object.keys(verified.grant).filter((name) => /hash|salt|token/i.test(name))).toEqual([])
    const frozen = [verified, verified.grant, verified.scopes, verified.grant.scopes]
    expect(frozen.every(Object.isFrozen)).toBe(true)
  })

  it('rejects a missing or malformed token without reading the store', async () => {
    const { grants, calls } = openGrants()
    const { accessToken, refreshToken, grant } = await issueGrant(grants)
    calls.length = 0

    expect(await grants.verify(null)).toEqual(none('no-token'))
    expect(await grants.verify(undefined)).toEqual(none('no-token'))
    const [prefixAndId = '', secret = ''] = accessToken.split('.')
    const malformed = [
      '',
      'cc_at_',
      refreshToken,
      accessToken.slice(6),
      accessToken.toUpperCase(),
      `${accessToken} `,
      `Bearer ${accessToken}`,
      `${prefixAndId}.${secret}.`,
      `${prefixAndId}.${secret.slice(1)}`,
      // The last character has bits that the secret does not use.
      `${prefixAndId}.${secret.slice(0, 42)}B`,
      `cc_at_${grant.id}\0.${secret}`,
      'x'.repeat(100_000),
    ]
    for (const token of malformed) expect(await grants.verify(token)).toEqual(none('malformed'))
    expect(await grants.verify(Object(7))).toEqual(none('malformed'))
    expect(calls).toEqual([])
  })

  it('does not distinguish a wrong secret from an unknown grant', async () => {
    const { grants } = openGrants()
    const one = (await issueGrant(grants)).accessToken
    const other = (await issueGrant(grants)).accessToken
    const wrongSecret = `${one.split('.')[0]}.${other.split('.')[1]}`
    const unknown = `cc_at_${'A'.repeat(22)}.${other.split('.')[1]}`

    for (const token of [wrongSecret, unknown]) {
      expect(await grants.verify(token)).toEqual(none('unknown'))
    }
    expect((await grants.verify(one)).status).toBe('active')
  })

  it('does not accept the secret of a refresh token, also after a refresh', async () => {
    const { grants } = openGrants()
    const issued = await issueGrant(grants)
    const refreshed = requireRefreshed(await refreshAs(grants, issued.refreshToken))
    const { id } = issued.grant

    for (const { accessToken, refreshToken } of [issued, refreshed]) {
      const [, family, secret] = refreshToken.split('.')
      expect(await grants.verify(`cc_at_${id}.${secret}`)).toEqual(none('unknown'))
      const access = accessToken.split('.')[1]
      const outcome = await refreshAs(grants, `cc_rt_${id}.${'A'.repeat(22)}.${access}`)
      expect(outcome).toMatchObject({ reason: 'unknown' })
      expect(family).not.toBe(access)
    }
  })

  it('rejects an access token when it expires, to the millisecond', async () => {
    const { grants, clock, events } = openGrants({ accessTokenTimeout: '5m' })
    const { accessToken, grant } = await issueGrant(grants)
    clock.advance(5 * minute - 1)
    expect((await grants.verify(accessToken)).status).toBe('active')
    clock.advance(1)

    expect(await grants.verify(accessToken)).toEqual(none('expired'))
    expect(events.at(-1)).toEqual({
      type: 'grant-token-rejected',
      at: anInstant + 5 * minute,
      token: 'access',
      reason: 'expired',
      grantId: grant.id,
    })
  })

  it('accepts the access tokens of the last two refreshes only', async () => {
    const { grants } = openGrants()
    const first = await issueGrant(grants)
    const next = requireRefreshed(await refreshAs(grants, first.refreshToken))
    const last = requireRefreshed(await refreshAs(grants, next.refreshToken))

    const results = [first, next, last].map(({ accessToken }) => grants.verify(accessToken))
    expect((await Promise.all(results)).map(({ status }) => status)).toEqual([
      'none',
      'active',
      'active',
    ])
  })

  it('says why a grant has ended, also after its access token has expired', async () => {
    const { grants, clock } = openGrants()
    const { accessToken, grant } = await issueGrant(grants)
    await grants.revoke('ada', grant.id, { reason: 'ended-by-operator', by: 'grace' })

    const ended = { status: 'ended', grantId: grant.id, reason: 'ended-by-operator' }
    expect(await grants.verify(accessToken)).toEqual(ended)
    clock.advance(20 * minute)
    expect(await grants.verify(accessToken)).toEqual(ended)
  })

  it('judges by the time after the read: a slow store extends no token', async () => {
    const store = createMemoryGrantStore()
    const { grants } = openGrants({ store })
    const { accessToken, accessTokenExpiresAt } = await issueGrant(grants)
    const slow = openGrants({
      store: {
        ...store,
        async find(id) {
          const record = await store.find(id)
          slow.clock.set(accessTokenExpiresAt)
          return record
        },
      },
    })

    expect(await slow.grants.verify(accessToken)).toEqual(none('expired'))
  })

  it('rejects with the error of a failing store, and reports it', async () => {
    const store = createMemoryGrantStore()
    const { accessToken } = await issueGrant(openGrants({ store }).grants)
    const failure = new SessionError('connection-refused', 'the server is down')
    const { grants, events } = openGrants({
      store: { ...store, find: () => Promise.reject(failure) },
    })

    await expect(grants.verify(accessToken)).rejects.toBe(failure)
    await expect(grants.verify(accessToken)).rejects.toBe(failure)
    expect(events).toEqual([
      {
        type: 'store-failed',
        at: anInstant,
        code: 'connection-refused',
        cause: 'the server is down',
        operation: 'find',
        suppressed: 0,
      },
    ])
  })

  it('rejects the tokens of a record that cannot be read', async () => {
    const store = createMemoryGrantStore()
    const { accessToken, refreshToken, grant } = await issueGrant(openGrants({ store }).grants)
    const failure = new SessionError('corrupt-record', 'damaged')
    const { grants, events } = openGrants({
      store: { ...store, find: () => Promise.reject(failure) },
    })

    expect(await grants.verify(accessToken)).toEqual(none('unreadable'))
    expect(await refreshAs(grants, refreshToken)).toEqual({
      status: 'rejected',
      reason: 'unreadable',
    })
    expect(await grants.inspect(accessToken)).toEqual({ kind: 'none' })
    expect(await grants.revoke('ada', grant.id, { reason: 'ended-by-user' })).toBeNull()
    expect(events[0]).toEqual({ type: 'grant-unreadable', at: anInstant, grantId: grant.id })
  })

  it('rejects with closed after close', async () => {
    const { grants } = openGrants()
    const { accessToken, refreshToken } = await issueGrant(grants)
    await grants.close()
    await grants.close()

    const closed = { code: 'closed' }
    await expect(grants.verify(accessToken)).rejects.toMatchObject(closed)
    await expect(refreshAs(grants, refreshToken)).rejects.toMatchObject(closed)
    await expect(grants.list('ada')).rejects.toMatchObject(closed)
  })
})

describe('inspect', () => {
  it('distinguishes access tokens and refresh tokens, and what is valid', async () => {
    const { grants, clock } = openGrants({ timeouts: { idle: '1d' } })
    const issued = await issueGrant(grants)
    const { grant, accessToken, refreshToken } = requireRefreshed(
      await refreshAs(grants, issued.refreshToken, { scopes: ['links:read'] }),
    )

    expect(await grants.inspect(accessToken)).toEqual({
      kind: 'access',
      grant,
      scopes: ['links:read'],
      expiresAt: anInstant + 15 * minute,
    })
    expect(await grants.inspect(refreshToken)).toEqual({
      kind: 'refresh',
      grant,
      scopes: ['links:read', 'links:write'],
      expiresAt: anInstant + 24 * 60 * minute,
    })
    for (const token of ['', 'x', issued.refreshToken]) {
      expect(await grants.inspect(token)).toEqual({ kind: 'none' })
    }
    clock.advance(15 * minute)
    expect(await grants.inspect(accessToken)).toEqual({ kind: 'none' })
  })

  it('says nothing about the tokens of a grant that has ended, and ends none', async () => {
    const { grants, clock, calls } = openGrants()
    const { grant, accessToken, refreshToken } = await issueGrant(grants)
    const other = await issueGrant(grants)
    await refreshAs(grants, other.refreshToken)
    await grants.revoke('ada', grant.id, { reason: 'ended-by-user' })
    clock.advance(minute)
    calls.length = 0

    for (const token of [accessToken, refreshToken, other.refreshToken]) {
      expect(await grants.inspect(token)).toEqual({ kind: 'none' })
    }
    expect(calls).toEqual(['find', 'find', 'find'])
  })
})
