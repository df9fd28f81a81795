import { describe, expect, it } from 'vitest'
import { openSessions, signIn, spyOn } from '../../test/support/open-sessions.ts'
import { SessionError } from '../domain/errors.ts'
import { hour, minute } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { createMemorySessionStore, createSessionStore } from '../stores/memory/session-store.ts'
import { emptyState } from '../stores/memory/state.ts'
import type { Sessions } from './sessions.ts'

const none = (reason: string) => ({ status: 'none', reason })

type Request = Parameters<Sessions<object>['pendingSignIns']['begin']>[0]

function open(options: Parameters<typeof openSessions>[0] = {}) {
  const opened = openSessions(options)
  const { pendingSignIns } = opened.sessions

  /** Begins a sign-in with a correct password. */
  async function begin(overrides: Partial<Request> = {}) {
    const credentialsCheckedAt = opened.clock.now()
    const methods = ['pwd'] as const
    const request = { userId: 'ada', methods, credentialsCheckedAt, ...overrides }
    const started = await pendingSignIns.begin(request)
    if (started.status !== 'pending') throw new Error(started.reason)
    return started
  }

  /** As `begin`, and counts an attempt. */
  async function attempt(overrides: Partial<Request> = {}) {
    const { token } = await begin(overrides)
    expect((await pendingSignIns.attempt(token)).status).toBe('allowed')
    return token
  }

  const types = () => opened.events.map(({ type }) => type)
  return { ...opened, pendingSignIns, begin, attempt, types }
}

describe('a pending sign-in', () => {
  it('becomes a session with the methods of both steps and what the first one kept', async () => {
    const { pendingSignIns, clock, begin, types } = open({
      timeouts: { rememberedAbsolute: '30d', rememberedIdle: '14d' },
    })
    const at = clock.now()
    const { token, pending } = await begin({ remember: true, state: '/links?page=2' })
    expect(pending).toMatchObject({ userId: 'ada', state: '/links?page=2', attemptsLeft: 5 })
    expect(await pendingSignIns.find(token)).toEqual({ status: 'pending', pending })

    clock.advance(minute)
    const counted = { ...pending, attemptsLeft: 4 }
    expect(await pendingSignIns.attempt(token)).toEqual({ status: 'allowed', pending: counted })
    const outcome = await pendingSignIns.complete(token, { methods: ['otp'], data: { items: 1 } })

    expect(outcome).toMatchObject({
      status: 'signed-in',
      session: {
        userId: 'ada',
        methods: [
          { method: 'pwd', at },
          { method: 'otp', at: at + minute },
        ],
        assuranceLevel: 2,
        remembered: true,
        data: { items: 1 },
      },
    })
    expect(types()).toEqual(['sign-in-pending', 'session-created'])
  })

  it('is reported without its token', async () => {
    const { events, begin } = open()
    const client = { ipAddress: '203.0.113.7', userAgent: 'A browser' }
    const { token } = await begin({ client, state: 'a secret of the app' })
    expect(events).toMatchObject([
      { type: 'sign-in-pending', userId: 'ada', methods: ['pwd'], ...client },
    ])
    for (const part of [...token.split('.'), 'a secret of the app']) {
      expect(JSON.stringify(events)).not.toContain(part)
    }
  })

  it('is no session for any operation, and a session is no pending sign-in', async () => {
    const { sessions, pendingSignIns, attempt } = open()
    const token = await attempt()
    expect(await sessions.verify(token)).toEqual(none('unknown'))
    expect(await sessions.rotate(token)).toEqual({ status: 'refused' })
    expect(await sessions.stepUp(token)).toEqual({ status: 'refused' })
    expect(await sessions.mayExpireCookie(token)).toBe(false)
    expect(await sessions.listForUser('ada')).toEqual([])
    const [id = ''] = token.split('.')
    expect(await sessions.revokeSessionOfAnyUser(id, { reason: 'signed-out' })).toBeNull()

    const { token: sessionToken } = await signIn(sessions, 'ada')
    for (const result of [
      pendingSignIns.find(sessionToken),
      pendingSignIns.attempt(sessionToken),
      pendingSignIns.complete(sessionToken, { methods: ['otp'] }),
    ]) {
      expect(await result).toEqual(none('ended'))
    }
    expect(await pendingSignIns.cancel(sessionToken)).toBe(false)
    expect((await sessions.verify(sessionToken)).status).toBe('active')
  })

  it('does not end or replace a session when its token is presented at a sign-in', async () => {
    const { sessions, pendingSignIns, begin } = open()
    const { token } = await begin()
    await signIn(sessions, 'ada', { presentedToken: token })
    expect((await pendingSignIns.find(token)).status).toBe('pending')
  })

  it('expires after ten minutes, to the millisecond, whatever is done with it', async () => {
    const { pendingSignIns, clock, begin, attempt } = open()
    const token = await attempt()
    clock.advance(10 * minute - 1)
    expect((await pendingSignIns.attempt(token)).status).toBe('allowed')
    clock.advance(1)
    expect(await pendingSignIns.find(token)).toEqual(none('expired'))
    expect(await pendingSignIns.attempt(token)).toEqual(none('expired'))
    expect(await pendingSignIns.complete(token, { methods: ['otp'] })).toEqual(none('expired'))
    expect((await begin()).status).toBe('pending')
  })

  it('that is not in the token is none, and a malformed token does not reach the store', async () => {
    const { store, calls } = spyOn(createMemorySessionStore())
    const { pendingSignIns, begin } = open({ store })
    const { token } = await begin()
    calls.length = 0
    const malformed = ['', 'x', `${token}x`, ` ${token}`, token.replace('.', ' '), '\u0000']
    for (const each of [null, undefined, ...malformed]) {
      const reason = each === null || each === undefined ? 'no-token' : 'malformed'
      expect(await pendingSignIns.find(each)).toEqual(none(reason))
      expect(await pendingSignIns.attempt(each)).toEqual(none(reason))
      expect(await pendingSignIns.complete(each, { methods: ['otp'] })).toEqual(none(reason))
      expect(await pendingSignIns.cancel(each)).toBe(false)
    }
    expect(calls).toEqual([])

    const [id, secret = ''] = token.split('.')
    const wrong = `${id}.${'A'.repeat(secret.length)}`
    expect(await pendingSignIns.find(wrong)).toEqual(none('ended'))
    expect(await pendingSignIns.attempt(wrong)).toEqual(none('ended'))
    expect((await pendingSignIns.find(token)).status).toBe('pending')
  })

  it('of another user replaces the one that the client presents', async () => {
    const { pendingSignIns, begin } = open()
    const first = await begin()
    const second = await begin({ userId: 'grace', presentedToken: first.token })
    expect(await pendingSignIns.find(first.token)).toEqual(none('ended'))
    expect(await pendingSignIns.find(second.token)).toMatchObject({ pending: { userId: 'grace' } })
  })

  it('is removed an hour after it has expired', async () => {
    const { sessions, pendingSignIns, clock, begin } = open()
    const { token } = await begin()
    clock.advance(10 * minute + hour)
    await sessions.sweep()
    expect(await pendingSignIns.find(token)).toEqual(none('expired'))
    clock.advance(1)
    await sessions.sweep()
    expect(await pendingSignIns.find(token)).toEqual(none('ended'))
  })

  it('rejects what could not be stored or would not be checked', async () => {
    const { begin } = open()
    const invalid: readonly object[] = [
      { userId: '' },
      { methods: ['password'] },
      { methods: undefined },
      { methods: [] },
      { credentialsCheckedAt: undefined },
      { credentialsCheckedAt: Number.NaN },
      { state: 'x'.repeat(4_097) },
      { state: 'a\u0000b' },
      { state: { next: '/' } },
      { rememberMe: true },
    ]
    for (const overrides of invalid) {
      await expect(begin(overrides)).rejects.toMatchObject({ code: 'invalid-argument' })
    }
    expect((await begin({ state: 'x'.repeat(4_096) })).pending.state).toHaveLength(4_096)
  })
})

describe('attempts of a pending sign-in', () => {
  it('are five, and the rejection is reported once', async () => {
    const { pendingSignIns, events, begin } = open()
    const { token } = await begin()
    const client = { ipAddress: '203.0.113.7', userAgent: null }
    for (const attemptsLeft of [4, 3, 2, 1, 0]) {
      const allowed = await pendingSignIns.attempt(token, client)
      expect(allowed).toMatchObject({ status: 'allowed', pending: { attemptsLeft } })
    }
    expect(await pendingSignIns.find(token)).toEqual(none('too-many-attempts'))
    for (let further = 0; further < 3; further += 1) {
      expect(await pendingSignIns.attempt(token, client)).toEqual(none('too-many-attempts'))
    }
    expect(events.slice(1)).toMatchObject([
      { type: 'pending-sign-in-rejected', userId: 'ada', reason: 'too-many-attempts', ...client },
    ])
  })

  it('are five of 50 that arrive concurrently', async () => {
    const { pendingSignIns, begin, types } = open()
    const { token } = await begin()
    const attempts = Array.from({ length: 50 }, () => pendingSignIns.attempt(token))
    const allowed = (await Promise.all(attempts)).filter(({ status }) => status === 'allowed')
    expect(allowed).toHaveLength(5)
    expect(types()).toEqual(['sign-in-pending', 'pending-sign-in-rejected'])
  })

  it('include a fifth that is correct', async () => {
    const { pendingSignIns, attempt } = open()
    const token = await attempt()
    for (let count = 2; count <= 5; count += 1) await pendingSignIns.attempt(token)
    const outcome = await pendingSignIns.complete(token, { methods: ['otp'] })
    expect(outcome.status).toBe('signed-in')
  })

  it('are required before complete, so that forgetting them does not allow guessing', async () => {
    const { pendingSignIns, begin } = open()
    const { token } = await begin()
    await expect(pendingSignIns.complete(token, { methods: ['otp'] })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('call attempt before the factor is checked'),
    })
    const noMethod = pendingSignIns.complete(token, { methods: [] })
    await expect(noMethod).rejects.toMatchObject({ code: 'invalid-argument' })
    expect((await pendingSignIns.find(token)).status).toBe('pending')
  })
})

describe('complete', () => {
  it('creates one session in 50 concurrent calls', async () => {
    const { sessions, pendingSignIns, attempt, types } = open()
    const token = await attempt()
    const completions = Array.from({ length: 50 }, () =>
      pendingSignIns.complete(token, { methods: ['otp'] }),
    )
    const outcomes = await Promise.all(completions)
    expect(outcomes.filter(({ status }) => status === 'signed-in')).toHaveLength(1)
    expect(outcomes.filter(({ status }) => status === 'none')).toHaveLength(49)
    expect(await sessions.listForUser('ada')).toHaveLength(1)
    expect(types()).toEqual(['sign-in-pending', 'session-created'])
  })

  it('ends the session that the client presents', async () => {
    const { sessions, pendingSignIns, attempt } = open()
    const { token: presentedToken } = await signIn(sessions, 'grace')
    const token = await attempt()
    await pendingSignIns.complete(token, { methods: ['otp'], presentedToken })
    expect(await sessions.verify(presentedToken)).toMatchObject({ reason: 'signed-in-again' })
  })

  it('that the session cap refuses keeps the pending sign-in', async () => {
    const { sessions, pendingSignIns, attempt } = open({
      maxSessionsPerUser: 1,
      whenFull: 'refuse',
    })
    const { session } = await signIn(sessions, 'ada')
    const token = await attempt()
    const refused = { status: 'refused', reason: 'session-cap' }
    expect(await pendingSignIns.complete(token, { methods: ['otp'] })).toEqual(refused)
    await sessions.revoke('ada', session.id, { reason: 'ended-by-user' })
    expect((await pendingSignIns.complete(token, { methods: ['otp'] })).status).toBe('signed-in')
  })

  it('is refused below the level of the preset, and succeeds with a second factor', async () => {
    const { pendingSignIns, attempt } = open({ timeouts: { preset: 'aal2' } })
    const token = await attempt()
    const refused = { status: 'refused', reason: 'assurance-too-low' }
    expect(await pendingSignIns.complete(token, { methods: ['pwd'] })).toEqual(refused)
    const outcome = await pendingSignIns.complete(token, { methods: ['otp'] })
    expect(outcome).toMatchObject({ status: 'signed-in', session: { assuranceLevel: 2 } })
  })

  it('loses nothing if the store fails', async () => {
    let fails = true
    const memory = createMemorySessionStore()
    const store: SessionStore = {
      ...memory,
      insert: async (insertion) => {
        if (fails) throw new SessionError('store-unavailable', 'not reachable')
        return memory.insert(insertion)
      },
    }
    const { pendingSignIns, attempt } = open({ store })
    const token = await attempt()
    const failing = pendingSignIns.complete(token, { methods: ['otp'] })
    await expect(failing).rejects.toMatchObject({ code: 'store-unavailable' })
    fails = false
    expect((await pendingSignIns.complete(token, { methods: ['otp'] })).status).toBe('signed-in')
  })

  it('is possible in a transaction of the app, and reported after its commit', async () => {
    const memory = createMemorySessionStore()
    const { sessions, attempt, types } = open({ store: { ...memory, within: () => memory } })
    const token = await attempt()
    const outcome = await sessions.transaction(async (within) => {
      const operations = within({}).pendingSignIns
      const completed = await operations.complete(token, { methods: ['otp'] })
      expect(types()).toEqual(['sign-in-pending'])
      return completed
    })
    expect(outcome.status).toBe('signed-in')
    expect(types()).toEqual(['sign-in-pending', 'session-created'])
  })

  it('rejects an attempt in a transaction of the app, whose rollback would undo the count', async () => {
    const memory = createMemorySessionStore()
    const { sessions, attempt } = open({ store: { ...memory, within: () => memory } })
    const token = await attempt()
    const counting = sessions.transaction((within) => within({}).pendingSignIns.attempt(token))
    await expect(counting).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('rejects after close, as every operation does', async () => {
    const { sessions, pendingSignIns, attempt } = open()
    const token = await attempt()
    await sessions.close()
    const closed = { code: 'closed' }
    await expect(pendingSignIns.find(token)).rejects.toMatchObject(closed)
    await expect(pendingSignIns.complete(token, { methods: ['otp'] })).rejects.toMatchObject(closed)
    await expect(pendingSignIns.endForUser('ada')).rejects.toMatchObject(closed)
  })
})

describe('the end of pending sign-ins', () => {
  it('follows a change of the password or of a factor', async () => {
    const { sessions, pendingSignIns, attempt } = open()
    const changes = [
      () => sessions.revokeAllForUser('ada', { reason: 'password-changed' }),
      () => pendingSignIns.endForUser('ada'),
    ]
    for (const change of changes) {
      const token = await attempt({ credentialsCheckedAt: Number.MAX_SAFE_INTEGER })
      const other = await attempt({ userId: 'grace' })
      await change()
      expect(await pendingSignIns.find(token)).toEqual(none('ended'))
      expect(await pendingSignIns.attempt(token)).toEqual(none('ended'))
      expect(await pendingSignIns.complete(token, { methods: ['otp'] })).toEqual(none('ended'))
      expect((await pendingSignIns.find(other)).status).toBe('pending')
    }
  })

  it('refuses one whose credentials were checked before', async () => {
    const { sessions, pendingSignIns, clock, events } = open()
    const request = { userId: 'ada', methods: ['pwd'], credentialsCheckedAt: clock.now() } as const
    const refused = { status: 'refused', reason: 'credentials-outdated' }
    await pendingSignIns.endForUser('ada')
    expect(await pendingSignIns.begin(request)).toEqual(refused)
    clock.advance(1)
    const next = { ...request, credentialsCheckedAt: clock.now() }
    expect((await pendingSignIns.begin(next)).status).toBe('pending')
    await sessions.revokeAllForUser('ada', { reason: 'password-changed' })
    expect(await pendingSignIns.begin(next)).toEqual(refused)
    expect(events.filter(({ type }) => type === 'sign-in-blocked')).toHaveLength(2)
  })

  it('stops a completion that has read the pending sign-in already', async () => {
    const memory = createMemorySessionStore()
    let beforeInsert = async () => {}
    const store: SessionStore = {
      ...memory,
      async insert(insertion) {
        await beforeInsert()
        return memory.insert(insertion)
      },
    }
    const { sessions, pendingSignIns, attempt, clock } = open({ store })
    beforeInsert = async () => void (await pendingSignIns.endForUser('ada'))
    const token = await attempt()
    expect(await pendingSignIns.complete(token, { methods: ['otp'] })).toEqual(none('ended'))

    clock.advance(1)
    beforeInsert = async () =>
      void (await sessions.revokeAllForUser('ada', { reason: 'password-changed' }))
    const next = await attempt()
    const refused = { status: 'refused', reason: 'credentials-outdated' }
    expect(await pendingSignIns.complete(next, { methods: ['otp'] })).toEqual(refused)
    expect(await sessions.listForUser('ada')).toEqual([])
  })

  it('refuses a completion if a process of an older version has ended all sessions', async () => {
    const state = emptyState()
    const { pendingSignIns, attempt, clock } = open({ store: createSessionStore(state) })
    const token = await attempt()
    // Such a process does not know pending sign-ins, and leaves them.
    state.endedAllAt.set('ada', clock.now())
    const refused = { status: 'refused', reason: 'credentials-outdated' }
    expect(await pendingSignIns.complete(token, { methods: ['otp'] })).toEqual(refused)
  })
})
