import { describe, expect, it } from 'vitest'
import { aGrantRequest, issueGrant, openGrants } from '../../test/support/open-grants.ts'
import { day, hour, minute } from '../domain/time.ts'
import { anInstant } from '../testing/builders.ts'
import type { GrantRequest } from './grants.ts'

describe('issue', () => {
  it('creates a grant with an access token and a refresh token', async () => {
    const { grants, store, events } = openGrants()

    const outcome = await grants.issue(aGrantRequest())

    if (outcome.status !== 'issued') throw new Error(outcome.reason)
    const { grant, accessToken, refreshToken, ...rest } = outcome
    expect(rest).toEqual({
      status: 'issued',
      accessTokenExpiresAt: anInstant + 15 * minute,
      scopes: ['links:read', 'links:write'],
    })
    expect(grant).toEqual({
      id: grant.id,
      userId: 'ada',
      clientId: 'cli',
      scopes: ['links:read', 'links:write'],
      authenticatedAt: anInstant - minute,
      createdAt: anInstant,
      expiresAt: anInstant + 365 * day,
      lastRefreshedAt: anInstant,
      idleTimeout: 30 * day,
    })
    expect(accessToken).toMatch(new RegExp(`^cc_at_${grant.id}\\.[\\w-]{43}$`))
    expect(refreshToken).toMatch(new RegExp(`^cc_rt_${grant.id}\\.[\\w-]{22}\\.[\\w-]{43}$`))
    expect(await store.find(grant.id)).toMatchObject({ ...grant, endedAt: null, rotation: null })
    const { id: grantId, userId, clientId, scopes } = grant
    const created = { type: 'grant-created', at: anInstant, grantId, userId, clientId, scopes }
    expect(events).toEqual([created])
  })

  it('puts the prefixes of the options before the tokens, and accepts no others', async () => {
    const { grants, store } = openGrants({
      accessTokenPrefix: 'mjr_at_',
      refreshTokenPrefix: 'mjr_rt_',
    })
    const { accessToken, refreshToken } = await issueGrant(grants)

    expect([accessToken.slice(0, 7), refreshToken.slice(0, 7)]).toEqual(['mjr_at_', 'mjr_rt_'])
    expect((await grants.verify(accessToken)).status).toBe('active')
    for (const token of [accessToken.slice(7), `cc_at_${accessToken.slice(7)}`, refreshToken]) {
      expect(await grants.verify(token)).toEqual({ status: 'none', reason: 'malformed' })
    }
    expect(await openGrants({ store }).grants.verify(accessToken)).toMatchObject({ status: 'none' })
  })

  it('applies the timeouts of the request, and lets no access token outlive the grant', async () => {
    const { grants } = openGrants({ timeouts: { absolute: '10d', idle: '5d' } })

    const issued = await issueGrant(grants)
    expect([issued.grant.expiresAt - anInstant, issued.grant.idleTimeout]).toEqual([
      10 * day,
      5 * day,
    ])
    const short = await issueGrant(grants, { timeouts: { absolute: '1h', idle: '10m' } })
    expect([short.grant.expiresAt - anInstant, short.grant.idleTimeout]).toEqual([
      hour,
      10 * minute,
    ])
    expect(short.accessTokenExpiresAt).toBe(anInstant + 10 * minute)
    const absolute = await issueGrant(grants, { timeouts: { absolute: '5m' } })
    expect(absolute.accessTokenExpiresAt).toBe(anInstant + 5 * minute)
  })

  it('ends the oldest grants beyond the limit per user and client', async () => {
    const { grants, clock, events } = openGrants({ maxGrantsPerClient: 2 })
    const oldest = await issueGrant(grants)
    clock.advance(1)
    const kept = await issueGrant(grants)
    const other = await issueGrant(grants, { clientId: 'web' })
    clock.advance(1)
    await issueGrant(grants)

    expect(await grants.verify(oldest.accessToken)).toMatchObject({ reason: 'grant-cap' })
    for (const { accessToken } of [kept, other]) {
      expect((await grants.verify(accessToken)).status).toBe('active')
    }
    const revoked = {
      type: 'grant-revoked',
      grantId: oldest.grant.id,
      reason: 'grant-cap',
      by: null,
    }
    expect(events).toContainEqual(expect.objectContaining(revoked))
  })

  it('refuses an authorization from before all grants of the user ended', async () => {
    const { grants, clock, events } = openGrants()
    clock.advance(minute)
    await grants.revokeAllForUser('ada', { reason: 'password-changed', by: 'ada' })
    events.length = 0

    const refused = { status: 'refused', reason: 'authorization-outdated' }
    for (const authorizedAt of [anInstant, anInstant + minute]) {
      expect(await grants.issue(aGrantRequest({ authorizedAt }))).toEqual(refused)
    }
    expect(events).toEqual([])
    expect(await grants.list('ada')).toEqual([])
    const later = aGrantRequest({ authorizedAt: anInstant + minute + 1 })
    expect((await grants.issue(later)).status).toBe('issued')
  })

  it('rejects a request that could not be stored, or has an unknown name', async () => {
    const { grants, calls } = openGrants()
    const wrong: readonly object[] = [
      { userId: '' },
      { userId: 'a\0' },
      { clientId: '' },
      { clientId: 7 },
      { scopes: 'links:read' },
      { scopes: ['a', 'a'] },
      { scopes: ['a b'] },
      { scopes: ['"'] },
      { authenticatedAt: Number.NaN },
      { authorizedAt: undefined },
      { timeouts: { absolute: 0 } },
      { timeouts: { absolute: '1d', idle: '2d' } },
      { timeouts: { absolut: '1d' } },
      { scope: [] },
    ]
    for (const overrides of wrong) {
      const request: GrantRequest = Object({ ...aGrantRequest(), ...overrides })
      await expect(grants.issue(request)).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect(calls).toEqual([])
  })

  it('issues tokens that all differ', async () => {
    const { grants } = openGrants({ maxGrantsPerClient: 1000 })
    const issued = await Promise.all(Array.from({ length: 200 }, () => issueGrant(grants)))
    const parts = issued.flatMap(({ accessToken, refreshToken }) => [
      accessToken.split('.')[1],
      ...refreshToken.split('.').slice(1),
    ])
    expect(new Set(parts).size).toBe(600)
  })
})
