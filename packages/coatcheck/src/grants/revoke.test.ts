import { describe, expect, it } from 'vitest'
import {
  issueGrant,
  openGrants,
  refreshAs,
  requireRefreshed,
} from '../../test/support/open-grants.ts'
import { day, minute } from '../domain/time.ts'
import { createMemoryGrantStore } from '../stores/memory/grant-store.ts'
import { aGrantRecord, anInstant } from '../testing/builders.ts'
import { insertGrants } from '../testing/grant-store/fixtures.ts'
import type { GrantRevocation } from './grants.ts'

const byUser = { reason: 'ended-by-user', by: 'ada' } as const

describe('revokeToken', () => {
  it('ends the grant of an access token or of a refresh token', async () => {
    const { grants, events } = openGrants()
    const one = await issueGrant(grants)
    const other = await issueGrant(grants)

    for (const [token, { grant, accessToken }] of [
      [one.accessToken, one],
      [other.refreshToken, other],
    ] as const) {
      expect(await grants.revokeToken({ token, clientId: 'cli' })).toEqual({
        id: grant.id,
        userId: 'ada',
        clientId: 'cli',
        reason: 'ended-by-client',
      })
      expect(await grants.verify(accessToken)).toMatchObject({ reason: 'ended-by-client' })
      const revoked = {
        type: 'grant-revoked',
        grantId: grant.id,
        reason: 'ended-by-client',
        by: null,
      }
      expect(events).toContainEqual(expect.objectContaining(revoked))
    }
  })

  it('ends the grant of a refresh token that was replaced, in its grace period and later', async () => {
    const { grants, clock, events } = openGrants()
    for (const passed of [0, minute]) {
      const { refreshToken } = await issueGrant(grants)
      const { accessToken } = requireRefreshed(await refreshAs(grants, refreshToken))
      clock.advance(passed)

      expect(await grants.revokeToken({ token: refreshToken, clientId: 'cli' })).not.toBeNull()
      expect(await grants.verify(accessToken)).toMatchObject({ reason: 'ended-by-client' })
    }
    expect(events.some(({ type }) => type === 'refresh-token-reused')).toBe(false)
  })

  it('changes nothing for a token of another client or one that is not valid', async () => {
    const { grants, clock } = openGrants()
    const { accessToken, refreshToken } = await issueGrant(grants)
    const [prefixAndId, family] = refreshToken.split('.')
    const guess = `${prefixAndId}.${'A'.repeat(22)}.${'A'.repeat(43)}`

    expect(await grants.revokeToken({ token: refreshToken, clientId: 'web' })).toBeNull()
    expect(await grants.revokeToken({ token: accessToken, clientId: 'web' })).toBeNull()
    for (const token of ['', 'x', guess]) {
      expect(await grants.revokeToken({ token, clientId: 'cli' })).toBeNull()
    }
    expect(family).toHaveLength(22)
    clock.advance(15 * minute)
    expect(await grants.revokeToken({ token: accessToken, clientId: 'cli' })).toBeNull()
    expect((await refreshAs(grants, refreshToken)).status).toBe('refreshed')
  })

  it('returns null for a grant that has ended', async () => {
    const { grants } = openGrants()
    const { accessToken } = await issueGrant(grants)
    const revocation = { token: accessToken, clientId: 'cli' }

    expect(await grants.revokeToken(revocation)).not.toBeNull()
    expect(await grants.revokeToken(revocation)).toBeNull()
  })
})

describe('revoke', () => {
  it('ends a grant of the user, with reason and actor', async () => {
    const { grants, store, events } = openGrants()
    const { grant, accessToken, refreshToken } = await issueGrant(grants)
    const other = await issueGrant(grants)

    const ended = await grants.revoke('ada', grant.id, byUser)

    expect(ended).toEqual({ id: grant.id, userId: 'ada', clientId: 'cli', reason: 'ended-by-user' })
    expect((await grants.verify(accessToken)).status).toBe('ended')
    expect((await refreshAs(grants, refreshToken)).status).toBe('rejected')
    expect((await grants.verify(other.accessToken)).status).toBe('active')
    expect(await store.find(grant.id)).toMatchObject({ endedBy: 'ada', endedAt: anInstant })
    expect(events.filter(({ type }) => type === 'grant-revoked')).toEqual([
      {
        type: 'grant-revoked',
        at: anInstant,
        grantId: grant.id,
        userId: 'ada',
        clientId: 'cli',
        reason: 'ended-by-user',
        by: 'ada',
      },
    ])
  })

  it('ends no grant of another user, whatever the id', async () => {
    const { grants } = openGrants()
    const { grant, accessToken } = await issueGrant(grants)

    for (const [userId, id] of [
      ['grace', grant.id],
      ['ADA', grant.id],
      ['ada', 'x'],
      ['ada', ''],
      ['ada', `${grant.id} `],
    ] as const) {
      expect(await grants.revoke(userId, id, byUser)).toBeNull()
    }
    expect((await grants.verify(accessToken)).status).toBe('active')
  })

  it('finds the user by every spelling that the store knows', async () => {
    const store = createMemoryGrantStore()
    const spelled = { ...store, normalizeUserId: async (userId: string) => userId.toLowerCase() }
    const { grants } = openGrants({ store: spelled })
    const { grant } = await issueGrant(grants)

    expect(await grants.revoke('ADA', grant.id, byUser)).not.toBeNull()
  })

  it('accepts reasons of the application, but no timeout and no text of another form', async () => {
    const { grants } = openGrants()
    const { grant } = await issueGrant(grants)
    const wrong: readonly object[] = [
      { reason: 'idle-timeout' },
      { reason: 'absolute-timeout' },
      { reason: '' },
      { reason: 'Not a reason' },
      { reason: 'x'.repeat(65) },
      { reason: 'ok', by: '' },
      { reason: 'ok', bye: 'ada' },
      {},
    ]
    for (const each of wrong) {
      const revocation: GrantRevocation = Object(each)
      const invalid = { code: 'invalid-argument' }
      await expect(grants.revoke('ada', grant.id, revocation)).rejects.toMatchObject(invalid)
      await expect(grants.revokeAllForUser('ada', revocation)).rejects.toMatchObject(invalid)
      await expect(grants.revokeAllOfClient('cli', revocation)).rejects.toMatchObject(invalid)
    }
    expect(await grants.revoke('ada', grant.id, { reason: 'suspended-2' })).toMatchObject({
      reason: 'suspended-2',
    })
  })
})

describe('revokeAllForUser', () => {
  it('ends every grant of the user, to whatever client, and of no other user', async () => {
    const { grants, events } = openGrants()
    const own = [await issueGrant(grants), await issueGrant(grants, { clientId: 'web' })]
    const other = await issueGrant(grants, { userId: 'grace' })

    const revocation = { reason: 'password-changed', by: 'ada' } as const
    const ended = await grants.revokeAllForUser('ada', revocation)

    const ids = own.map(({ grant }) => grant.id).toSorted()
    expect(ended.map(({ id }) => id).toSorted()).toEqual(ids)
    for (const { accessToken } of own) {
      expect(await grants.verify(accessToken)).toMatchObject({ reason: 'password-changed' })
    }
    expect((await grants.verify(other.accessToken)).status).toBe('active')
    expect(events.filter(({ type }) => type === 'grant-revoked')).toHaveLength(2)
  })
})

describe('revokeAllOfClient', () => {
  it('ends all grants of a client in steps, and of no other client', async () => {
    const { grants, store, calls, events } = openGrants()
    const records = Array.from({ length: 1_200 }, () => aGrantRecord({ clientId: 'cli' }))
    await insertGrants(store, records)
    const other = await issueGrant(grants, { clientId: 'web' })
    calls.length = 0

    expect(await grants.revokeAllOfClient('cli', { reason: 'client-removed' })).toBe(1_200)

    expect(calls).toEqual(['endByClient', 'endByClient', 'endByClient'])
    expect(events.filter(({ type }) => type === 'grant-revoked')).toHaveLength(1_200)
    expect((await grants.verify(other.accessToken)).status).toBe('active')
    expect(await grants.revokeAllOfClient('cli', { reason: 'client-removed' })).toBe(0)
  })
})

describe('list', () => {
  it('returns the active grants of the user, newest first, without secrets', async () => {
    const { grants, clock } = openGrants({ timeouts: { idle: '10d' } })
    const expired = await issueGrant(grants)
    clock.advance(day)
    const older = await issueGrant(grants)
    const newer = await issueGrant(grants, { clientId: 'web', authorizedAt: clock.now() })
    await issueGrant(grants, { userId: 'grace' })
    const ended = await issueGrant(grants)
    await grants.revoke('ada', ended.grant.id, byUser)
    clock.advance(9 * day)

    const listed = await grants.list('ada')

    const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1)
    expect(listed).toEqual([older.grant, newer.grant].toSorted(byId))
    expect(listed).not.toContainEqual(expired.grant)
  })
})

describe('sweep', () => {
  it('ends expired grants with an event, and deletes those that ended long ago', async () => {
    const { grants, store, clock, events } = openGrants({
      timeouts: { absolute: '20d', idle: '10d' },
      retention: '5d',
    })
    const idle = await issueGrant(grants)
    const used = await issueGrant(grants)
    clock.advance(9 * day)
    const { refreshToken } = requireRefreshed(await refreshAs(grants, used.refreshToken))
    clock.advance(day)
    events.length = 0

    expect(await grants.sweep()).toEqual({ expired: 1, purged: 0 })
    expect(events).toEqual([
      {
        type: 'grant-expired',
        at: anInstant + 10 * day,
        grantId: idle.grant.id,
        userId: 'ada',
        clientId: 'cli',
        reason: 'idle-timeout',
      },
    ])
    expect((await refreshAs(grants, refreshToken)).status).toBe('refreshed')

    clock.advance(5 * day + 1)
    expect(await grants.sweep()).toEqual({ expired: 0, purged: 1 })
    expect(await store.find(idle.grant.id)).toBeNull()
    expect((await store.find(used.grant.id))?.endedAt).toBeNull()
  })

  it('works in batches of the size that the store asks for', async () => {
    const store = { ...createMemoryGrantStore(), sweepBatch: 10 }
    const { grants, clock, calls } = openGrants({ store })
    const records = Array.from({ length: 25 }, () => aGrantRecord({ expiresAt: anInstant + 1 }))
    await insertGrants(store, records)
    clock.advance(minute)

    expect(await grants.sweep()).toEqual({ expired: 25, purged: 0 })
    expect(calls.filter((name) => name === 'endExpired')).toHaveLength(3)
    clock.advance(31 * day)
    expect(await grants.sweep()).toEqual({ expired: 0, purged: 25 })
    expect(calls.filter((name) => name === 'purge')).toHaveLength(4)
  })

  it('stops after its batch when the grants are closed', async () => {
    const store = { ...createMemoryGrantStore(), sweepBatch: 1 }
    const { grants, clock, calls } = openGrants({ store })
    const records = Array.from({ length: 5 }, () => aGrantRecord({ expiresAt: anInstant + 1 }))
    await insertGrants(store, records)
    clock.advance(minute)

    const sweeping = grants.sweep()
    await grants.close()
    expect((await sweeping).expired).toBeLessThan(5)
    expect(calls).not.toContain('purge')
  })
})
