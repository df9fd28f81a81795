import { describe, expect, it } from 'vitest'
import { type Cart, openSessions, signIn } from '../../test/support/open-sessions.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import type { Sessions } from './sessions.ts'

const signedOut = { reason: 'signed-out' } as const

describe('revoke', () => {
  it('ends a session and reports who ended it', async () => {
    const { sessions, events } = openSessions()
    const { token, session } = await signIn(sessions)
    const ended = await sessions.revokeSessionOfAnyUser(session.id, {
      reason: 'ended-by-operator',
      by: 'root',
    })
    const { id, createdAt } = session
    expect(ended).toEqual({ id, userId: 'user-1', createdAt, reason: 'ended-by-operator' })
    expect((await sessions.verify(token)).status).toBe('ended')
    expect(events).toContainEqual(expect.objectContaining({ type: 'session-revoked', by: 'root' }))
  })

  it('returns null and reports nothing for a session that has ended', async () => {
    const { sessions, events } = openSessions()
    const { session } = await signIn(sessions)
    await sessions.revokeSessionOfAnyUser(session.id, { reason: 'signed-out' })
    expect(
      await sessions.revokeSessionOfAnyUser(session.id, { reason: 'ended-by-user' }),
    ).toBeNull()
    expect(events.filter((event) => event.type === 'session-revoked')).toHaveLength(1)
  })

  it('rejects if the store fails and reports no revocation', async () => {
    const memory = createMemorySessionStore()
    const { sessions, events } = openSessions({
      store: { ...memory, end: () => Promise.reject(new Error('store failed')) },
    })
    const { token, session } = await signIn(sessions)
    await expect(
      sessions.revokeSessionOfAnyUser(session.id, { reason: 'signed-out' }),
    ).rejects.toThrow('store failed')
    expect((await sessions.verify(token)).status).toBe('active')
    expect(events.some((event) => event.type === 'session-revoked')).toBe(false)
  })

  it("does not end another user's session, unlike revokeSessionOfAnyUser", async () => {
    const { sessions } = openSessions()
    const { token, session } = await signIn(sessions, 'user-1')
    expect(await sessions.revoke('user-2', session.id, { reason: 'ended-by-user' })).toBeNull()
    expect((await sessions.verify(token)).status).toBe('active')
    expect(await sessions.revoke('user-1', session.id, { reason: 'ended-by-user' })).not.toBeNull()
    expect((await sessions.verify(token)).status).toBe('ended')
  })

  it('revokeAllForUser ends all sessions of the user except the given one', async () => {
    const { sessions } = openSessions()
    const excepted = await signIn(sessions)
    const revoked = await signIn(sessions)
    const otherUser = await signIn(sessions, 'user-2')
    const ended = await sessions.revokeAllForUser('user-1', {
      reason: 'ended-by-user',
      by: 'user-1',
      except: excepted.session.id,
    })
    expect(ended.map(({ id }) => id)).toEqual([revoked.session.id])
    expect((await sessions.verify(excepted.token)).status).toBe('active')
    expect((await sessions.verify(revoked.token)).status).toBe('ended')
    expect((await sessions.verify(otherUser.token)).status).toBe('active')
  })

  it('a later save, flash, touch or rotation does not change an ended session', async () => {
    const { sessions, store, clock } = openSessions()
    const { token, session } = await signIn(sessions)
    clock.advance(60_000)
    await sessions.verify(token)
    await sessions.revokeSessionOfAnyUser(session.id, { reason: 'signed-out' })
    const ended = await store.find(session.id)
    expect(await sessions.saveData(session.id, { items: 1 })).toBeNull()
    expect(await sessions.addFlash(session.id, { kind: 'info', message: 'late' })).toBe(false)
    expect(await sessions.rotate(token)).toEqual({ status: 'refused' })
    await sessions.flushActivity()
    expect(await store.find(session.id)).toEqual(ended)
  })

  it('returns null and reports nothing for unknown ids', async () => {
    const { sessions, events } = openSessions()
    const { session } = await signIn(sessions)
    for (const id of ['', '__proto__', '../', 'A'.repeat(10_240), `${session.id}.`]) {
      expect(await sessions.revokeSessionOfAnyUser(id, { reason: 'signed-out' })).toBeNull()
      expect(await sessions.revoke('user-1', id, { reason: 'signed-out' })).toBeNull()
    }
    expect(events).toHaveLength(1)
  })
})

describe('a session token in place of a session id', () => {
  it.each<[string, (sessions: Sessions<Cart>, token: string) => Promise<unknown>]>([
    ['revoke', (sessions, token) => sessions.revoke('user-1', token, signedOut)],
    [
      'revokeSessionOfAnyUser',
      (sessions, token) => sessions.revokeSessionOfAnyUser(token, signedOut),
    ],
    [
      'revokeAllForUser',
      (sessions, except) => sessions.revokeAllForUser('user-1', { ...signedOut, except }),
    ],
    ['saveData', (sessions, token) => sessions.saveData(token, { items: 1 })],
    ['addFlash', (sessions, token) => sessions.addFlash(token, { kind: 'info', message: 'Saved' })],
    ['takeFlashes', (sessions, token) => sessions.takeFlashes(token)],
    ['requireStepUp', (sessions, token) => sessions.requireStepUp(token)],
  ])('is named by %s, without its value, and changes nothing', async (_name, call) => {
    const { sessions } = openSessions()
    const { token } = await signIn(sessions)
    const error: unknown = await call(sessions, token).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'invalid-argument' })
    expect(String(error)).toContain('a session token was passed as a session id')
    expect(String(error)).not.toContain(token.slice(0, 8))
    expect(String(error)).not.toContain(token.slice(-8))
    expect((await sessions.verify(token)).status).toBe('active')
  })
})

describe('listForUser', () => {
  it('returns active sessions, newest first, with unwritten activity', async () => {
    const { sessions, clock } = openSessions()
    const older = await signIn(sessions)
    clock.advance(60_000)
    const newer = await signIn(sessions)
    const endedSession = await signIn(sessions)
    await sessions.revokeSessionOfAnyUser(endedSession.session.id, { reason: 'signed-out' })
    await sessions.verify(older.token)
    const list = await sessions.listForUser('user-1')
    expect(list.map(({ id }) => id)).toEqual([newer.session.id, older.session.id])
    expect(list[1]?.lastActivityAt).toBe(clock.now())
  })

  it('rejects an invalid user id', async () => {
    const { sessions } = openSessions()
    for (const userId of ['', 'a\0', 'a'.repeat(256)]) {
      await expect(sessions.listForUser(userId)).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })

  it('omits a session with corrupt data and returns the others', async () => {
    const { sessions, store } = openSessions()
    const damaged = await signIn(sessions)
    const intact = await signIn(sessions)
    await store.updateData(damaged.session.id, () => '{')
    expect((await sessions.listForUser('user-1')).map(({ id }) => id)).toEqual([intact.session.id])
  })
})

describe('end reasons of the application', () => {
  it.each(['banned', 'plan-downgraded-2', 'x'.repeat(64)])(
    'accepts %j and returns it',
    async (reason) => {
      const { sessions, events } = openSessions()
      const { session, token } = await signIn(sessions)

      expect(await sessions.revoke('user-1', session.id, { reason })).toMatchObject({ reason })
      expect(await sessions.verify(token)).toMatchObject({ status: 'ended', reason })
      expect(events).toContainEqual(expect.objectContaining({ type: 'session-revoked', reason }))
    },
  )

  it.each([
    '',
    'Banned',
    'a b',
    'a\n',
    'x'.repeat(65),
    'idle-timeout',
    'absolute-timeout',
    5,
    undefined,
  ])('rejects %j and ends nothing', async (invalid) => {
    const { sessions } = openSessions()
    const { session, token } = await signIn(sessions)
    const revocation = { reason: invalid as unknown as string }
    const expected = { code: 'invalid-argument', message: expect.stringMatching(/^reason must/) }

    const revoke = async () => sessions.revoke('user-1', session.id, revocation)
    await expect(revoke()).rejects.toMatchObject(expected)
    const revokeAll = async () => sessions.revokeAllForUser('user-1', revocation)
    await expect(revokeAll()).rejects.toMatchObject(expected)
    expect((await sessions.verify(token)).status).toBe('active')
  })
})
