import { describe, expect, it } from 'vitest'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

const revocation = { reason: 'ended-by-operator' } as const

describe('mayExpireCookie', () => {
  it('is false while the session is active, and true once it has ended', async () => {
    // The clock of the sessions is behind that of the store, by which this one is past its timeouts.
    const { sessions } = openSessions()
    const { token, session } = await signIn(sessions)
    expect(await sessions.mayExpireCookie(token)).toBe(false)
    await sessions.revokeSessionOfAnyUser(session.id, revocation)
    expect(await sessions.mayExpireCookie(token)).toBe(true)
  })

  it('is false for any other secret of an ended session, and for other tokens', async () => {
    const { sessions } = openSessions()
    const { token, session } = await signIn(sessions)
    const rotated = await sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error(rotated.status)
    await sessions.revokeSessionOfAnyUser(session.id, revocation)

    const unknown = `${'A'.repeat(22)}${token.slice(22)}`
    const others = [token, `${session.id}.${'A'.repeat(43)}`, unknown, 'garbage', '']
    for (const each of others) expect(await sessions.mayExpireCookie(each)).toBe(false)
    expect(await sessions.mayExpireCookie(rotated.token)).toBe(true)
  })

  it('is false once a sign-in has presented the token, however the session had ended', async () => {
    const { sessions } = openSessions()
    const { token, session } = await signIn(sessions)
    await sessions.revokeSessionOfAnyUser(session.id, revocation)
    await signIn(sessions, 'user-2', { presentedToken: token })
    expect(await sessions.mayExpireCookie(token)).toBe(false)
    expect(await sessions.verify(token)).toMatchObject(revocation)
  })

  it('is false if the store does not record whether the user signed in again', async () => {
    const { hasEndedWithoutSuccessor: _, ...store } = createMemorySessionStore()
    const { sessions } = openSessions({ store })
    const { token, session } = await signIn(sessions)
    await sessions.revokeSessionOfAnyUser(session.id, revocation)
    expect(await sessions.mayExpireCookie(token)).toBe(false)
  })
})
