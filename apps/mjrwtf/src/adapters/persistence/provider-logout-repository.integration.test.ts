import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import { createEndProviderSessions } from '../../application/identities/end-provider-sessions.ts'
import { hour } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const now = Date.UTC(2030, 0, 15, 12)
const issuer = 'https://id.test'

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, identities, providerSessions, providerLogouts } = opened.persistence

  /** A user with a session that started at the provider. */
  async function addSession(subject: string, sid: string | null) {
    const user = aNewUser(now)
    await users.add({ user, passwordHash: 'hash' })
    const shown = { provider: 'oidc', email: null } as const
    const times = { createdAt: now, lastUsedAt: null }
    const key = { issuer, subject }
    await identities.add(
      { id: user.id, userId: user.id, ...key, ...shown, ...times },
      { max: 10, passwordVersion: 0 },
    )
    const session = { sessionId: `of ${user.id}`, userId: user.id, ...key, sid }
    await providerSessions.add({ ...session, expiresAt: now + hour })
    return session
  }

  const calls: string[] = []
  let failing = false
  const endSessions = createEndProviderSessions({
    providerLogouts,
    sessions: {
      async endByProvider(_userId, id) {
        if (failing) throw new Error('store failed')
        calls.push(id)
        return true
      },
    },
    secrets: nodeSecrets,
    clock: { now: () => now },
  })
  const fail = (value: boolean) => {
    failing = value
  }
  return { ...opened, providerLogouts, addSession, endSessions, ended: calls, fail }
}

describe.each(databaseKinds)('logout by a provider on %s', (kind) => {
  it('ends the sessions of its session only, or all of the subject', async () => {
    await using app = await open(kind)
    const [one, two] = [await app.addSession('ann', 's1'), await app.addSession('bob', 's2')]
    const logout = { issuer, subject: 'ann', tokenId: 'first' }
    expect(await app.endSessions({ ...logout, sid: 's2' })).toEqual({ status: 'ended', count: 0 })
    const second = { issuer, subject: null, sid: 's2', tokenId: 'second' }
    expect(await app.endSessions(second)).toEqual({ status: 'ended', count: 1 })
    await app.endSessions({ ...logout, sid: null, tokenId: 'third' })
    expect(app.ended).toEqual([two.sessionId, one.sessionId])
    await app.endSessions({ ...second, issuer: 'https://other.test', tokenId: 'fourth' })
    expect(app.ended).toHaveLength(2)
  })

  it('accepts a token once, and again if it failed before', async () => {
    await using app = await open(kind)
    await app.addSession('ann', 's1')
    const logout = { issuer, subject: 'ann', sid: null, tokenId: 'first' }
    app.fail(true)
    await expect(app.endSessions(logout)).rejects.toThrow('store failed')
    app.fail(false)
    expect(await app.endSessions(logout)).toEqual({ status: 'ended', count: 1 })
    expect(await app.endSessions(logout)).toEqual({ status: 'repeated' })
    const ofOther = { ...logout, issuer: 'https://other.test' }
    expect((await app.endSessions(ofOther)).status).toBe('ended')
  })

  it('is found by a sign-in that started before it, until it is purged', async () => {
    await using app = await open(kind)
    const { providerLogouts } = app
    const signIn = { issuer, subject: 'ann', sid: 's1', startedAt: now }
    const isLoggedOut = (change: Partial<typeof signIn> = {}) =>
      providerLogouts.isLoggedOut({ ...signIn, ...change })
    expect(await isLoggedOut()).toBe(false)
    await app.endSessions({ issuer, subject: 'ann', sid: 's1', tokenId: 'first' })
    expect(await isLoggedOut()).toBe(true)
    expect(await isLoggedOut({ startedAt: now + 1 })).toBe(false)
    expect(await isLoggedOut({ sid: 's2' })).toBe(false)
    expect(await isLoggedOut({ issuer: 'https://other.test' })).toBe(false)
    await app.endSessions({ issuer, subject: 'ann', sid: null, tokenId: 'second' })
    expect(await isLoggedOut({ sid: 's2' })).toBe(true)
    expect(await isLoggedOut({ subject: 'bob', sid: 's2' })).toBe(false)
    await providerLogouts.purgeBatch(now + hour)
    expect(await isLoggedOut()).toBe(false)
  })
})
