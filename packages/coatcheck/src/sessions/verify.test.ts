import { describe, expect, it } from 'vitest'
import { openSessions, signIn, spyOn } from '../../test/support/open-sessions.ts'
import { hour, minute, second } from '../domain/time.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

const laptop = { ipAddress: '192.0.2.7', userAgent: 'Laptop' }

describe('verify', () => {
  it('returns the session of a token without any secret in it', async () => {
    const { sessions } = openSessions()
    const issued = await signIn(sessions, 'user-1', { client: laptop, data: { items: 2 } })
    const verification = await sessions.verify(issued.token)
    expect(verification).toMatchObject({
      status: 'active',
      session: { userId: 'user-1', ...laptop },
    })
    const serialized = JSON.stringify(issued.session)
    expect(serialized).not.toContain(issued.token.slice(23))
    expect(Object.keys(issued.session).filter((key) => /secret|hash/i.test(key))).toEqual([])
  })

  it('does not read the store for a missing or malformed token', async () => {
    const { store, calls } = spyOn(createMemorySessionStore())
    const { sessions, events } = openSessions({ store })
    expect(await sessions.verify(null)).toEqual({ status: 'none', reason: 'no-token' })
    expect(await sessions.verify(undefined)).toEqual({ status: 'none', reason: 'no-token' })
    for (const token of ['', ' ', '.', 'x'.repeat(10_240), '../..', "' OR 1=1 --", '\0']) {
      expect(await sessions.verify(token)).toEqual({ status: 'none', reason: 'malformed' })
    }
    expect(calls).toEqual([])
    expect(events.every((event) => event.type === 'token-rejected')).toBe(true)
  })

  it('reads one record and writes nothing', async () => {
    const { store, calls } = spyOn(createMemorySessionStore())
    const { sessions } = openSessions({ store })
    const { token } = await signIn(sessions)
    calls.length = 0
    await sessions.verify(token)
    expect(calls).toEqual(['find'])
  })

  it('distinguishes an unknown id from a wrong secret only in events', async () => {
    const { sessions, events } = openSessions()
    const one = await signIn(sessions)
    const other = await signIn(sessions)
    const mixedToken = one.token.slice(0, 23) + other.token.slice(23)
    expect(await sessions.verify(mixedToken)).toEqual({ status: 'none', reason: 'unknown' })
    expect(await sessions.verify(`${'A'.repeat(22)}.${'A'.repeat(43)}`)).toEqual({
      status: 'none',
      reason: 'unknown',
    })
    const reasons = events.flatMap((event) => (event.type === 'token-rejected' ? event.reason : []))
    expect(reasons).toEqual(['wrong-secret', 'unknown'])
  })

  it('does not accept the stored hash as the secret', async () => {
    const { sessions, store } = openSessions()
    const { session, token } = await signIn(sessions)
    const record = await store.find(session.id)
    const hash = Buffer.from(record?.secretHash ?? []).toString('base64url')
    expect(hash).toHaveLength(43)
    expect(token).not.toContain(hash)
    expect(await sessions.verify(`${session.id}.${hash}`)).toMatchObject({ status: 'none' })
  })

  it('ends a session at the idle timeout, to the millisecond', async () => {
    const { sessions, clock } = openSessions()
    const { token, session } = await signIn(sessions)
    clock.set(session.createdAt + 30 * minute - 1)
    expect((await sessions.verify(token)).status).toBe('active')
    clock.advance(30 * minute)
    expect(await sessions.verify(token)).toMatchObject({ status: 'ended', reason: 'idle-timeout' })
  })

  it('ends a session at the absolute timeout despite constant activity', async () => {
    const { sessions, clock } = openSessions()
    const { token, session } = await signIn(sessions)
    while (clock.now() + 20 * minute < session.expiresAt) {
      clock.advance(20 * minute)
      expect((await sessions.verify(token)).status).toBe('active')
      await sessions.flushActivity()
    }
    clock.set(session.expiresAt - 1)
    expect((await sessions.verify(token)).status).toBe('active')
    clock.set(session.expiresAt)
    expect(await sessions.verify(token)).toMatchObject({
      status: 'ended',
      reason: 'absolute-timeout',
    })
  })

  it('counts recorded activity that is not written yet', async () => {
    const { sessions, clock } = openSessions()
    const { token } = await signIn(sessions)
    clock.advance(29 * minute)
    await sessions.verify(token)
    clock.advance(29 * minute)
    expect((await sessions.verify(token)).status).toBe('active')
  })

  it('does not record activity for an expired session', async () => {
    const { sessions, clock, store } = openSessions()
    const { token, session } = await signIn(sessions)
    clock.advance(hour)
    await sessions.verify(token)
    await sessions.flushActivity()
    expect((await store.find(session.id))?.lastActivityAt).toBe(session.createdAt)
  })

  it('does not reactivate an expired session that is presented again', async () => {
    const { sessions, clock } = openSessions()
    const { token } = await signIn(sessions)
    clock.advance(30 * minute)
    for (let times = 0; times < 3; times += 1) {
      expect(await sessions.verify(token)).toMatchObject({ reason: 'idle-timeout' })
      clock.advance(minute)
    }
  })

  it('does not record activity for a rejected client', async () => {
    const { sessions, clock } = openSessions({ ipAddressCheck: 'strict' })
    const { token } = await signIn(sessions, 'user-1', { client: laptop })
    clock.advance(29 * minute)
    await sessions.verify(token, { ...laptop, ipAddress: '198.51.100.9' })
    clock.advance(minute)
    expect(await sessions.verify(token, laptop)).toMatchObject({ reason: 'idle-timeout' })
  })

  it('reads the clock after the store has answered', async () => {
    const memory = createMemorySessionStore()
    const { sessions, clock } = openSessions({
      store: {
        ...memory,
        async find(id) {
          clock.advance(2 * second)
          return memory.find(id)
        },
      },
    })
    const { token } = await signIn(sessions)
    clock.advance(30 * minute - 1 * second)
    expect(await sessions.verify(token)).toMatchObject({ status: 'ended', reason: 'idle-timeout' })
  })

  it('returns the end reason only to the holder of the secret', async () => {
    const { sessions } = openSessions()
    const { token, session } = await signIn(sessions)
    await sessions.revokeSessionOfAnyUser(session.id, { reason: 'password-changed', by: 'user-1' })
    expect(await sessions.verify(token)).toEqual({
      status: 'ended',
      sessionId: session.id,
      reason: 'password-changed',
    })
    const guess = `${session.id}.${'A'.repeat(43)}`
    expect(await sessions.verify(guess)).toEqual({ status: 'none', reason: 'unknown' })
  })

  it('rejects with the error of the store', async () => {
    const memory = createMemorySessionStore()
    const { sessions } = openSessions({
      store: { ...memory, find: () => Promise.reject(new Error('store failed')) },
    })
    const { token } = await signIn(sessions)
    await expect(sessions.verify(token)).rejects.toThrow('store failed')
  })

  it('does not authenticate with a corrupt record and reports it', async () => {
    const { sessions, store, events } = openSessions()
    const { token, session } = await signIn(sessions)
    for (const data of ['', '{', 'null', '{"v":2,"data":{},"flashes":[]}', '{"v":1,"data":{}}']) {
      await store.updateData(session.id, () => data)
      expect(await sessions.verify(token)).toEqual({ status: 'none', reason: 'unreadable' })
    }
    expect(events.at(-1)).toMatchObject({ type: 'record-unreadable', sessionId: session.id })
  })

  it.each([true, false])(
    'records activity unless touch is false (skipCache: %s)',
    async (skipCache) => {
      const { sessions, clock, store } = openSessions()
      const { token, session } = await signIn(sessions)
      const activity = async () => {
        await sessions.flushActivity()
        return (await store.find(session.id))?.lastActivityAt
      }
      clock.advance(10 * minute)
      for (let times = 0; times < 2; times += 1) {
        const verification = await sessions.verify(token, undefined, { touch: false, skipCache })
        expect(verification.status).toBe('active')
      }
      expect(await activity()).toBe(session.createdAt)
      await sessions.verify(token, undefined, { skipCache })
      expect(await activity()).toBe(clock.now())
    },
  )
})

describe('client change', () => {
  const phone = { ipAddress: '192.0.2.9', userAgent: 'Phone' }
  const otherNetwork = { ipAddress: '198.51.100.9', userAgent: 'Laptop' }

  it('is reported once per change and accepted by default', async () => {
    const { sessions, events } = openSessions()
    const { token } = await signIn(sessions, 'user-1', { client: laptop })
    for (const client of [laptop, phone, phone, phone]) {
      expect((await sessions.verify(token, client)).status).toBe('active')
    }
    expect(events.map((event) => event.type)).toEqual([
      'session-created',
      'ip-address-changed',
      'user-agent-changed',
    ])
  })

  it.each([
    ['subnet', 'active', { ipAddressCheck: 'subnet' }, phone],
    ['subnet', 'ip-address-changed', { ipAddressCheck: 'subnet' }, otherNetwork],
    ['strict', 'ip-address-changed', { ipAddressCheck: 'strict' }, phone],
    ['strict agent', 'user-agent-changed', { userAgentCheck: 'strict' }, phone],
    ['off', 'active', { ipAddressCheck: 'off', userAgentCheck: 'off' }, otherNetwork],
  ] as const)('under policy %s gives %s and leaves the session active', async (...row) => {
    const [, expected, options, client] = row
    const { sessions } = openSessions(options)
    const { token } = await signIn(sessions, 'user-1', { client: laptop })
    const verification = await sessions.verify(token, client)
    expect(verification.status === 'none' ? verification.reason : verification.status).toBe(
      expected,
    )
    expect((await sessions.verify(token, laptop)).status).toBe('active')
  })
})
