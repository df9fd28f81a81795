import { describe, expect, it } from 'vitest'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import { day, hour, minute, second } from '../domain/time.ts'

async function stepUp(sessions: ReturnType<typeof openSessions>['sessions'], token: string) {
  const outcome = await sessions.stepUp(token)
  if (outcome.status !== 'rotated') throw new Error(outcome.status)
  return outcome
}

describe('stepUp', () => {
  it('sets authenticatedAt, keeps the session and replaces the secret', async () => {
    const { sessions, clock, events } = openSessions()
    const { token, session } = await signIn(sessions)
    clock.advance(20 * minute)
    const after = await stepUp(sessions, token)

    expect(after.session).toMatchObject({ id: session.id, authenticatedAt: clock.now() })
    expect(after.token).not.toBe(token)
    expect(await sessions.verify(after.token)).toMatchObject({ session: after.session })
    expect(events.at(-1)).toEqual({
      type: 'session-stepped-up',
      methods: [],
      assuranceLevel: 1,
      at: clock.now(),
      sessionId: session.id,
      userId: 'user-1',
    })
  })

  it('restarts both timeouts, whereas activity restarts the idle one only (63B 5.2)', async () => {
    const { sessions, clock } = openSessions({ timeouts: { absolute: 2 * hour, idle: hour } })
    const { token, session } = await signIn(sessions)
    clock.advance(30 * minute)
    const used = await sessions.verify(token)
    if (used.status !== 'active') throw new Error(used.status)
    expect(used.session.expiresAt).toBe(session.expiresAt)
    clock.advance(45 * minute)

    const after = await stepUp(sessions, token)

    expect(after.session.expiresAt).toBe(clock.now() + 2 * hour)
    expect(after.session.lastActivityAt).toBe(clock.now())
    clock.advance(hour - 1)
    expect((await sessions.verify(after.token)).status).toBe('active')
    clock.advance(hour)
    expect(await sessions.verify(after.token)).toMatchObject({ reason: 'idle-timeout' })
  })

  it('restarts the timeout of remembered sessions', async () => {
    const { sessions, clock } = openSessions()
    const { token } = await signIn(sessions, 'user-1', { remember: true })
    clock.advance(day)
    const after = await stepUp(sessions, token)
    expect(after.session).toMatchObject({ remembered: true, expiresAt: clock.now() + 30 * day })
  })

  it('keeps in-flight tabs signed in without the new authentication', async () => {
    const { sessions, clock, events } = openSessions()
    const { token, session } = await signIn(sessions)
    clock.advance(20 * minute)
    await sessions.verify(token)
    await stepUp(sessions, token)

    clock.advance(10 * second - 1)
    const late = await sessions.verify(token)
    if (late.status !== 'active') throw new Error(late.status)
    expect(late.session.authenticatedAt).toBe(session.authenticatedAt)
    expect(events.map(({ type }) => type)).not.toContain('secret-reused')
    clock.advance(1)
    expect(await sessions.verify(token)).toMatchObject({ reason: 'secret-reused' })
  })

  it('keeps an earlier step-up for the old secret through a later rotation', async () => {
    const { sessions, clock } = openSessions()
    const { token } = await signIn(sessions)
    clock.advance(minute)
    const first = await stepUp(sessions, token)
    clock.advance(minute)
    await sessions.rotate(first.token, { grace: 10 * second })
    const verified = await sessions.verify(first.token)
    expect(verified).toMatchObject({ session: { authenticatedAt: first.session.authenticatedAt } })
  })

  it('keeps the CSRF secret, so that open forms keep working', async () => {
    const { sessions } = openSessions()
    const before = await signIn(sessions)
    const after = await stepUp(sessions, before.token)
    expect(Buffer.from(after.csrfSecret)).toEqual(Buffer.from(before.csrfSecret))
  })

  it('succeeds for exactly one of two concurrent calls', async () => {
    const { sessions } = openSessions()
    const { token } = await signIn(sessions)
    const outcomes = await Promise.all([sessions.stepUp(token), sessions.stepUp(token)])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['refused', 'rotated'])
  })

  it('refuses an old secret, an unrelated secret, a malformed token and an expired session', async () => {
    const { sessions, clock } = openSessions()
    const { token, session } = await signIn(sessions)
    const after = await stepUp(sessions, token)
    for (const each of [token, `${session.id}.${'A'.repeat(43)}`, 'no token']) {
      expect(await sessions.stepUp(each)).toEqual({ status: 'refused' })
    }
    clock.advance(hour)
    expect(await sessions.stepUp(after.token)).toEqual({ status: 'refused' })
  })

  it('activity, data changes and rotation do not change authenticatedAt', async () => {
    const { sessions, clock } = openSessions()
    const { token, session } = await signIn(sessions)
    clock.advance(minute)
    await sessions.verify(token)
    await sessions.flushActivity()
    await sessions.saveData(session.id, { items: 1 })
    const rotated = await sessions.rotate(token)
    expect(rotated).toMatchObject({ session: { authenticatedAt: session.authenticatedAt } })
  })
})
