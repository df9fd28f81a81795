import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../test/support/open-cached-sessions.ts'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import { type AuthenticationMethod, assuranceLevelOf } from '../domain/authentication.ts'
import type { SessionId } from '../domain/session.ts'
import { minute, second } from '../domain/time.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import type { RotationOutcome } from './sessions.ts'

function rotated<Data>(outcome: RotationOutcome<Data>) {
  if (outcome.status !== 'rotated') throw new Error(outcome.status)
  return outcome
}

describe('signIn', () => {
  it('records the methods with the time of the call or their own, and reports their names', async () => {
    const { sessions, clock, events } = openSessions()
    const checkedAt = clock.now() - 5 * second
    const methods = [{ method: 'pwd', at: checkedAt }, 'otp'] as const
    const { session, token } = await signIn(sessions, 'user-1', { methods })

    const expected = {
      methods: [methods[0], { method: 'otp', at: clock.now() }],
      assuranceLevel: 2,
    }
    expect(session).toMatchObject(expected)
    expect(await sessions.verify(token)).toMatchObject({ session: expected })
    expect(await sessions.listForUser('user-1')).toMatchObject([expected])
    const reported = { methods: ['pwd', 'otp'], assuranceLevel: 2 }
    expect(events[0]).toMatchObject({ type: 'session-created', ...reported })
  })

  it('counts from the latest instant of its methods, also in the grace period of a step-up', async () => {
    const { sessions, clock } = openSessions()
    const at = clock.now() - 30 * minute
    const methods = [{ method: 'fed', at }] as const
    const { session, token } = await signIn(sessions, 'user-1', { methods })
    expect(session).toMatchObject({ authenticatedAt: at, createdAt: clock.now() })
    const steppedUp = rotated(await sessions.stepUp(token, { methods: ['otp'] }))
    expect(steppedUp.session.authenticatedAt).toBe(clock.now())
    const held = await sessions.verify(token)
    expect(held).toMatchObject({ session: { authenticatedAt: at, methods } })
  })

  it('has level 1 and no methods by default', async () => {
    const { sessions } = openSessions()
    const { session } = await signIn(sessions)
    expect(session).toMatchObject({ methods: [], assuranceLevel: 1 })
  })

  it('counts a method in the future as used now, so that it does not stay recent for longer', async () => {
    const { sessions, clock } = openSessions()
    const methods = [{ method: 'pwd', at: clock.now() + minute }] as const
    const { session } = await signIn(sessions, 'user-1', { methods })
    expect(session.methods).toEqual([{ method: 'pwd', at: clock.now() }])
  })

  it.each([
    ['password'],
    ['PWD'],
    ['constructor'],
    [''],
    [null],
    [{}],
    [{ method: 'pwd' }],
    [{ method: 'pwd', at: 1.5 }],
    [{ method: 'pwd', at: '2026' }],
    [{ method: 'passkey', at: 0 }],
  ])('rejects the method %j, also in a step-up, and changes nothing', async (invalid) => {
    const { sessions, events } = openSessions()
    const { token, session } = await signIn(sessions)
    const methods: AuthenticationMethod[] = JSON.parse(JSON.stringify(['pwd', invalid]))
    const rejected = { code: 'invalid-argument' }
    await expect(sessions.signIn({ userId: 'user-1', methods })).rejects.toMatchObject(rejected)
    await expect(sessions.stepUp(token, { methods })).rejects.toMatchObject(rejected)
    expect(await sessions.verify(token)).toMatchObject({ session })
    expect(events).toHaveLength(1)
  })
})

describe('stepUp', () => {
  it('adds methods, with the latest instant of each, and reports the level', async () => {
    const { sessions, clock, events } = openSessions()
    const signedInAt = clock.now()
    const { token } = await signIn(sessions, 'user-1', { methods: ['pwd', 'rba'] })
    clock.advance(minute)
    const after = rotated(await sessions.stepUp(token, { methods: ['pwd', 'otp'] }))

    const now = clock.now()
    expect(after.session).toMatchObject({
      authenticatedAt: now,
      assuranceLevel: 2,
      methods: [
        { method: 'pwd', at: now },
        { method: 'rba', at: signedInAt },
        { method: 'otp', at: now },
      ],
    })
    expect(await sessions.verify(after.token)).toMatchObject({ session: after.session })
    const reported = { methods: ['pwd', 'otp'], assuranceLevel: 2 }
    expect(events.at(-1)).toMatchObject({ type: 'session-stepped-up', ...reported })
  })

  it('without methods changes only the time of the authentication', async () => {
    const { sessions, clock } = openSessions()
    const { token, session } = await signIn(sessions, 'user-1', { methods: ['pwd'] })
    clock.advance(minute)
    const after = rotated(await sessions.stepUp(token))
    const { methods, assuranceLevel } = session
    expect(after.session).toMatchObject({ authenticatedAt: clock.now(), methods, assuranceLevel })
  })

  it('gives its methods only to the holder of the new secret', async () => {
    const { sessions, clock } = openSessions()
    const { token, session } = await signIn(sessions, 'user-1', { methods: ['pwd'] })
    await sessions.stepUp(token, { methods: ['pwd', 'otp'] })
    clock.advance(9 * second)
    const { methods } = session
    const before = { methods, assuranceLevel: 1 }
    expect(await sessions.verify(token)).toMatchObject({ status: 'active', session: before })
  })

  it('leaves the holder of the old secret the methods of earlier step-ups', async () => {
    const { sessions, clock } = openSessions()
    const { token } = await signIn(sessions, 'user-1', { methods: ['pwd'] })
    clock.advance(minute)
    const first = rotated(await sessions.stepUp(token, { methods: ['otp'] }))
    clock.advance(minute)
    await sessions.stepUp(first.token, { methods: ['pwd', 'otp'] })
    const { methods } = first.session
    const before = { methods, assuranceLevel: 2 }
    expect(await sessions.verify(first.token)).toMatchObject({ session: before })
  })

  it('of two concurrent calls gives the session the methods of the one that succeeds', async () => {
    const { sessions } = openSessions()
    const { token } = await signIn(sessions, 'user-1', { methods: ['pwd'] })
    const outcomes = await Promise.all([
      sessions.stepUp(token, { methods: ['otp'] }),
      sessions.stepUp(token, { methods: ['rba'] }),
    ])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['refused', 'rotated'])
    for (const outcome of outcomes) {
      if (outcome.status === 'refused') continue
      expect(await sessions.verify(outcome.token)).toMatchObject({ session: outcome.session })
    }
  })
})

it('the level never rises by a rotation, a data change, activity or a new sign-in of the client', async () => {
  const { sessions, clock } = openSessions()
  const signedIn = await signIn(sessions, 'user-1', { methods: ['pwd'] })
  const { methods } = signedIn.session
  const unchanged = { session: { methods, assuranceLevel: 1 } }
  clock.advance(minute)
  const grace = rotated(await sessions.rotate(signedIn.token, { grace: '30s' }))
  const plain = rotated(await sessions.rotate(grace.token))
  await sessions.saveData(signedIn.session.id, { items: 2 })
  await sessions.flushActivity()
  expect(grace).toMatchObject(unchanged)
  expect(plain).toMatchObject(unchanged)
  expect(await sessions.verify(plain.token)).toMatchObject(unchanged)

  const strong = await signIn(sessions, 'user-1', { methods: ['pwd', 'otp'] })
  const again = await signIn(sessions, 'user-1', { presentedToken: strong.token })
  expect(again.session).toMatchObject({ methods: [], assuranceLevel: 1 })
})

describe('preset aal2 or aal3', () => {
  const timeouts = { preset: 'aal2' } as const

  it.each([
    ['aal1', [], 'signed-in'],
    ['aal2', [], 'refused'],
    ['aal2', ['pwd', 'rba'], 'refused'],
    ['aal2', ['pwd', 'otp'], 'signed-in'],
    ['aal3', ['pwd', 'otp'], 'refused'],
    ['aal3', ['swk', 'user', 'mfa'], 'refused'],
    ['aal3', ['hwk', 'pin'], 'signed-in'],
  ] as const)('%s: a sign-in with %j is %s', async (preset, methods, status) => {
    const { sessions } = openSessions({ timeouts: { preset } })
    const outcome = await sessions.signIn({ userId: 'user-1', methods })
    expect(outcome.status).toBe(status)
    if (outcome.status === 'refused') expect(outcome.reason).toBe('assurance-too-low')
    expect(await sessions.listForUser('user-1')).toHaveLength(status === 'refused' ? 0 : 1)
  })

  it('does not verify, rotate or step up a session of a lower level, and does not end it', async () => {
    const store = createMemorySessionStore()
    const earlier = openSessions({ store }).sessions
    const { sessions, events } = openSessions({ store, timeouts })
    const { token, session } = await signIn(earlier, 'user-1', { methods: ['pwd'] })

    const rejected = { status: 'none', reason: 'assurance-too-low' }
    expect(await sessions.verify(token)).toEqual(rejected)
    expect(events.at(-1)).toMatchObject({ type: 'token-rejected', reason: 'assurance-too-low' })
    expect(await sessions.rotate(token)).toEqual({ status: 'refused' })
    expect(await sessions.stepUp(token, { methods: ['otp'] })).toEqual({ status: 'refused' })
    expect(await sessions.mayExpireCookie(token)).toBe(false)
    expect(await sessions.listForUser('user-1')).toMatchObject([{ id: session.id }])
    expect(await earlier.verify(token)).toMatchObject({ status: 'active' })

    // It is replaced by the sign-in that the user makes then.
    const presented = { presentedToken: token, methods: ['pwd', 'otp'] } as const
    await signIn(sessions, 'user-1', presented)
    expect(await sessions.verify(token)).toMatchObject({ reason: 'signed-in-again' })
  })

  it('does not verify a cached session of a lower level, and reports no unknown token', async () => {
    await using nodes = openCachedNodes()
    const weak = nodes.node().sessions
    const { sessions, events } = nodes.node({ options: { timeouts } })
    const { token } = await signIn(weak, 'user-1', { methods: ['pwd'] })
    for (let count = 0; count < 3; count += 1) {
      const rejected = { status: 'none', reason: 'assurance-too-low' }
      expect(await sessions.verify(token, { ipAddress: '203.0.113.7', userAgent: null })).toEqual(
        rejected,
      )
    }
    expect(events.map(({ type }) => type)).not.toContain('unknown-tokens-throttled')
  })

  it('rejects the replaced secret of a session whose level a step-up has raised', async () => {
    const store = createMemorySessionStore()
    const earlier = openSessions({ store }).sessions
    const { sessions } = openSessions({ store, timeouts })
    const { token } = await signIn(earlier, 'user-1', { methods: ['pwd'] })
    const after = rotated(await earlier.stepUp(token, { methods: ['otp'] }))
    expect(await sessions.verify(after.token)).toMatchObject({ status: 'active' })
    expect(await sessions.verify(token)).toMatchObject({ reason: 'assurance-too-low' })
  })

  it('does not verify a record of a store that returns no level', async () => {
    const store = createMemorySessionStore()
    const { token } = await signIn(openSessions({ store }).sessions)
    const find = async (id: SessionId) => {
      const { assuranceLevel: _, ...record } = Object((await store.find(id)) ?? undefined)
      return Object(record)
    }
    const { sessions } = openSessions({ store: { ...store, find }, timeouts })
    expect(await sessions.verify(token)).toMatchObject({ reason: 'assurance-too-low' })
  })

  it('notifies of the end of a session of a lower level', async () => {
    const store = createMemorySessionStore()
    const earlier = openSessions({ store }).sessions
    const { sessions } = openSessions({ store, timeouts })
    const { session } = await signIn(earlier, 'user-1', { methods: ['pwd'] })
    const reasons: string[] = []
    sessions.onEnd(session.id, (reason) => reasons.push(reason))
    await sessions.revokeAllForUser('user-1', { reason: 'password-changed' })
    expect(reasons).toEqual(['password-changed'])
  })
})

it('assuranceLevelOf gives the level of a session whose methods it is passed', async () => {
  const { sessions, clock } = openSessions()
  const { session } = await signIn(sessions, 'user-1', { methods: ['pwd', 'otp'] })
  expect(assuranceLevelOf(session.methods)).toBe(session.assuranceLevel)
  expect(assuranceLevelOf(session.methods, clock.now() + 1)).toBe(1)
})
