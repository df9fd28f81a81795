import { describe, expect, it } from 'vitest'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import { hour, minute, second } from '../domain/time.ts'

describe('rotate', () => {
  it('keeps the id, replaces the secret and rejects the old one immediately', async () => {
    const { sessions } = openSessions({ onSecretReuse: 'report' })
    const before = await signIn(sessions)
    const after = await sessions.rotate(before.token)
    if (after.status !== 'rotated') throw new Error('refused')
    expect(after.session.id).toBe(before.session.id)
    expect(after.token).not.toBe(before.token)
    const old = await sessions.verify(before.token)
    expect(old).toEqual({ status: 'none', reason: 'secret-replaced' })
    expect((await sessions.verify(after.token)).status).toBe('active')
  })

  it('exactly one of 50 concurrent rotations succeeds', async () => {
    const { sessions } = openSessions({ onSecretReuse: 'report' })
    const { token } = await signIn(sessions)
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => sessions.rotate(token)))
    expect(outcomes.filter(({ status }) => status === 'rotated')).toHaveLength(1)
  })

  it('accepts the old secret until the grace period ends, to the millisecond', async () => {
    const { sessions, clock } = openSessions()
    const { token } = await signIn(sessions)
    const rotated = await sessions.rotate(token, { grace: 10 * second })
    const parallel = await Promise.all(Array.from({ length: 10 }, () => sessions.verify(token)))
    expect(parallel.every(({ status }) => status === 'active')).toBe(true)
    clock.advance(10 * second - 1)
    expect((await sessions.verify(token)).status).toBe('active')
    expect(rotated.status).toBe('rotated')
  })

  it('treats the old secret after its grace period as theft and ends the session', async () => {
    const { sessions, clock, events } = openSessions()
    const { token, session } = await signIn(sessions)
    const rotated = await sessions.rotate(token, { grace: 10 * second })
    clock.advance(10 * second)
    expect(await sessions.verify(token)).toMatchObject({ status: 'ended', reason: 'secret-reused' })
    if (rotated.status !== 'rotated') throw new Error('refused')
    expect(await sessions.verify(rotated.token)).toMatchObject({ reason: 'secret-reused' })
    const types = events.map((event) => event.type)
    expect(types).toContain('secret-reused')
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'session-revoked', sessionId: session.id }),
    )
  })

  it('rejects the old secret of an in-flight request and treats a later one as theft', async () => {
    const { sessions, clock, events } = openSessions()
    const { token } = await signIn(sessions)
    clock.advance(minute)
    const rotated = await sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error('refused')
    clock.advance(10 * second - 1)
    expect(await sessions.verify(token)).toEqual({ status: 'none', reason: 'secret-replaced' })
    expect(events.at(-1)).toMatchObject({ type: 'token-rejected', reason: 'secret-replaced' })
    expect(events.map(({ type }) => type)).not.toContain('secret-reused')
    expect((await sessions.verify(rotated.token)).status).toBe('active')
    clock.advance(1)
    expect(await sessions.verify(token)).toMatchObject({ status: 'ended', reason: 'secret-reused' })
    expect(await sessions.verify(rotated.token)).toMatchObject({ reason: 'secret-reused' })
  })

  it('reports no theft if the session of the old secret has already ended', async () => {
    const { sessions, events } = openSessions()
    const { token, session } = await signIn(sessions)
    await sessions.rotate(token)
    await sessions.revokeSessionOfAnyUser(session.id, { reason: 'signed-out' })
    expect(await sessions.verify(token)).toMatchObject({ status: 'ended', reason: 'signed-out' })
    expect(events.map(({ type }) => type)).not.toContain('secret-reused')
  })

  it('does not treat an unrelated secret as theft', async () => {
    const { sessions, events } = openSessions()
    const { token, session } = await signIn(sessions)
    const rotated = await sessions.rotate(token)
    await sessions.verify(`${session.id}.${'A'.repeat(43)}`)
    if (rotated.status !== 'rotated') throw new Error('refused')
    expect((await sessions.verify(rotated.token)).status).toBe('active')
    expect(events.some((event) => event.type === 'secret-reused')).toBe(false)
  })

  it('refuses to rotate with the old secret, even during its grace period', async () => {
    const { sessions } = openSessions()
    const { token } = await signIn(sessions)
    await sessions.rotate(token, { grace: 10 * second })
    expect(await sessions.rotate(token)).toEqual({ status: 'refused' })
  })

  it('replaces the CSRF secret, except in a rotation with a grace period', async () => {
    const { sessions } = openSessions()
    const before = await signIn(sessions)
    const periodic = await sessions.rotate(before.token, { grace: second })
    if (periodic.status !== 'rotated') throw new Error('refused')
    expect(Buffer.from(periodic.csrfSecret)).toEqual(Buffer.from(before.csrfSecret))
    const stepUp = await sessions.rotate(periodic.token)
    if (stepUp.status !== 'rotated') throw new Error('refused')
    expect(Buffer.from(stepUp.csrfSecret)).not.toEqual(Buffer.from(before.csrfSecret))
    const verified = await sessions.verify(stepUp.token)
    if (verified.status !== 'active') throw new Error('not active')
    expect(Buffer.from(verified.csrfSecret)).toEqual(Buffer.from(stepUp.csrfSecret))
  })

  it('changes neither timeout', async () => {
    const { sessions, clock } = openSessions()
    const { token, session } = await signIn(sessions)
    clock.advance(second)
    const rotated = await sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error('refused')
    expect(rotated.session.expiresAt).toBe(session.expiresAt)
    expect(rotated.session.lastActivityAt).toBe(session.lastActivityAt)
  })

  it('rotates a session that only unwritten activity keeps active', async () => {
    const { sessions, clock } = openSessions()
    const { token } = await signIn(sessions)
    clock.advance(30 * minute - 1)
    await sessions.verify(token)
    clock.advance(minute)
    expect((await sessions.rotate(token)).status).toBe('rotated')
  })

  it('refuses to rotate an expired or revoked session', async () => {
    const { sessions, clock } = openSessions()
    const expired = await signIn(sessions)
    const revoked = await signIn(sessions)
    await sessions.revokeSessionOfAnyUser(revoked.session.id, { reason: 'signed-out' })
    expect(await sessions.rotate(revoked.token)).toEqual({ status: 'refused' })
    clock.advance(hour)
    expect(await sessions.rotate(expired.token)).toEqual({ status: 'refused' })
  })

  it.each([-1, 60_001, Number.NaN, Number.POSITIVE_INFINITY])(
    'rejects a grace period of %d ms',
    async (grace) => {
      const { sessions } = openSessions()
      const { token } = await signIn(sessions)
      await expect(sessions.rotate(token, { grace })).rejects.toMatchObject({
        code: 'invalid-argument',
      })
    },
  )
})
