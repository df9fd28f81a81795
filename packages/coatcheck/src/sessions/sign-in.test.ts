import { describe, expect, it } from 'vitest'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import { SessionError } from '../domain/errors.ts'
import { day, hour, minute, second } from '../domain/time.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

describe('signIn', () => {
  it('issues 1 000 distinct tokens of 32 secret bytes', async () => {
    const { sessions } = openSessions()
    const secrets = new Set<string>()
    for (let user = 0; user < 1_000; user += 1) {
      const { token } = await signIn(sessions, `user-${user}`)
      const secret = token.slice(23)
      expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
      secrets.add(secret)
    }
    expect(secrets.size).toBe(1_000)
  })

  it('creates a session and ends the presented one', async () => {
    const { sessions, events } = openSessions()
    const first = await signIn(sessions)
    const second = await signIn(sessions, 'user-2', { presentedToken: first.token })
    expect(second.session.id).not.toBe(first.session.id)
    expect(await sessions.verify(first.token)).toMatchObject({
      status: 'ended',
      reason: 'signed-in-again',
    })
    expect(events.map((event) => event.type)).toEqual([
      'session-created',
      'session-created',
      'session-revoked',
      'token-rejected',
    ])
  })

  it('succeeds if the record of the presented token is corrupt', async () => {
    const memory = createMemorySessionStore()
    const damaged = new SessionError('corrupt-record', 'damaged')
    const store = { ...memory, find: () => Promise.reject(damaged) }
    const { sessions, events } = openSessions({ store })
    const { token: presentedToken, session } = await signIn(sessions)
    await signIn(sessions, 'user-1', { presentedToken })
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'record-unreadable', sessionId: session.id }),
    )
    expect(await sessions.rotate(presentedToken)).toEqual({ status: 'refused' })
    expect(await sessions.verify(presentedToken)).toEqual({ status: 'none', reason: 'unreadable' })
    const revocation = sessions.revoke('user-1', session.id, { reason: 'ended-by-user' })
    expect(await revocation).toBeNull()
  })

  it('carries nothing over to the next user of the same client', async () => {
    const { sessions } = openSessions()
    const first = await signIn(sessions, 'user-1', { data: { note: 'mine' } })
    await sessions.addFlash(first.session.id, { kind: 'info', message: 'for user-1' })
    const second = await signIn(sessions, 'user-2', { presentedToken: first.token })
    expect(second.session.data).toEqual({})
    expect(second.hasFlash).toBe(false)
    expect(Buffer.from(second.csrfSecret).equals(Buffer.from(first.csrfSecret))).toBe(false)
  })

  it.each([second, 0])(
    'ends the presented session by its previous secret, with a grace period of %d ms',
    async (grace) => {
      const { sessions, store } = openSessions()
      const { token, session } = await signIn(sessions)
      await sessions.rotate(token, { grace })
      await signIn(sessions, 'user-1', { presentedToken: token })
      expect((await store.find(session.id))?.endReason).toBe('signed-in-again')
    },
  )

  it('does not end a session whose id is presented without its secret', async () => {
    const { sessions } = openSessions()
    const victim = await signIn(sessions)
    const presentedToken = `${victim.session.id}.${'A'.repeat(43)}`
    await signIn(sessions, 'user-2', { presentedToken })
    expect((await sessions.verify(victim.token)).status).toBe('active')
  })

  it.each(['', 'not a token', `${'A'.repeat(22)}.${'A'.repeat(43)}`])(
    'ignores the malformed or unknown presented token %j',
    async (presentedToken) => {
      const { sessions } = openSessions()
      const { token } = await signIn(sessions, 'user-1', { presentedToken })
      expect(token).not.toBe(presentedToken)
      expect((await sessions.verify(token)).status).toBe('active')
    },
  )

  it("leaves the user's other sessions active", async () => {
    const { sessions } = openSessions()
    const laptop = await signIn(sessions)
    await signIn(sessions)
    expect((await sessions.verify(laptop.token)).status).toBe('active')
  })

  it('enforces a cap of 3 under 50 concurrent sign-ins and evicts the oldest', async () => {
    const { sessions, events } = openSessions({ maxSessionsPerUser: 3 })
    await Promise.all(Array.from({ length: 50 }, () => signIn(sessions)))
    expect(await sessions.listForUser('user-1')).toHaveLength(3)
    const evicted = events.filter(
      (event) => event.type === 'session-revoked' && event.reason === 'session-cap',
    )
    expect(evicted).toHaveLength(47)
  })

  it('refuses and reports a sign-in over the cap if whenFull is refuse', async () => {
    const { sessions, events } = openSessions({ maxSessionsPerUser: 1, whenFull: 'refuse' })
    await signIn(sessions)
    expect(await sessions.signIn({ userId: 'user-1' })).toEqual({
      status: 'refused',
      reason: 'session-cap',
    })
    expect(events.at(-1)).toMatchObject({ type: 'sign-in-blocked', reason: 'session-cap' })
  })

  it('is refused if all sessions were ended after the credentials were checked', async () => {
    const { sessions, clock } = openSessions()
    const credentialsCheckedAt = clock.now()
    clock.advance(50)
    await sessions.revokeAllForUser('user-1', { reason: 'password-changed', by: 'user-1' })
    const lateSignIn = { userId: 'user-1', credentialsCheckedAt }
    expect(await sessions.signIn(lateSignIn)).toMatchObject({ reason: 'credentials-outdated' })
    clock.advance(1)
    await signIn(sessions, 'user-1', { credentialsCheckedAt: clock.now() })
  })

  it('creates a remembered session of 30 days, or 14 days idle', async () => {
    const { sessions } = openSessions()
    const { session } = await signIn(sessions, 'user-1', { remember: true })
    expect(session.remembered).toBe(true)
    expect(session.expiresAt - session.createdAt).toBe(30 * day)
    expect(session.idleTimeout).toBe(14 * day)
  })

  it('creates a normal session if remembering is requested but not offered', async () => {
    const { sessions } = openSessions({ timeouts: { preset: 'aal3' } })
    const methods = ['hwk', 'pin'] as const
    const { session } = await signIn(sessions, 'user-1', { remember: true, methods })
    expect(session.remembered).toBe(false)
    expect(session.expiresAt - session.createdAt).toBe(12 * hour)
    expect(session.idleTimeout).toBe(15 * minute)
  })

  it.each(['', 'x'.repeat(256), 'a\0b'])(
    'rejects the user id %j, which a store cannot hold',
    async (id) => {
      const { sessions } = openSessions()
      await expect(sessions.signIn({ userId: id })).rejects.toMatchObject({
        code: 'invalid-argument',
      })
    },
  )
})
