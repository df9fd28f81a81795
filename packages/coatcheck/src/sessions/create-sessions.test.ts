import { describe, expect, it } from 'vitest'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import { day, minute } from '../domain/time.ts'
import { createSessions } from './create-sessions.ts'

describe('createSessions', () => {
  it.each([
    ['maxSessionsPerUser', { maxSessionsPerUser: 0 }],
    ['maxSessionsPerUser', { maxSessionsPerUser: Number.POSITIVE_INFINITY }],
    ['activityPrecision', { activityPrecision: 2 * minute }],
    ['retention', { retention: 0 }],
    ['sweepInterval', { sweepInterval: 0 }],
    ['ipAddressCheck', { ipAddressCheck: 'none' as unknown as 'off' }],
    ['timeouts.idle', { timeouts: { idle: 2 * day } }],
    ['data', { data: { initial: { big: 1n } } }],
  ])('rejects an invalid %s and names the option', (name, options) => {
    expect(() => openSessions(options)).toThrow(name)
  })

  it('a throwing event sink affects neither the outcome nor other sinks', async () => {
    const { store } = openSessions()
    const received: string[] = []
    const failingSink = () => {
      throw new Error('broken sink')
    }
    const events = [failingSink, ({ type }: { readonly type: string }) => received.push(type)]
    const sessions = createSessions({ store, data: { initial: {} }, events })
    const { session } = await signIn(sessions)
    expect(
      await sessions.revokeSessionOfAnyUser(session.id, { reason: 'signed-out' }),
    ).not.toBeNull()
    expect(received).toEqual(['session-created', 'session-revoked'])
  })
})

describe('close', () => {
  it('writes recorded activity and rejects later calls', async () => {
    const { sessions, store, clock } = openSessions()
    const { token, session } = await signIn(sessions)
    clock.advance(60_000)
    await sessions.verify(token)
    await sessions.close()
    expect((await store.find(session.id))?.lastActivityAt).toBe(clock.now())
    await expect(sessions.verify(token)).rejects.toMatchObject({ code: 'closed' })
    await sessions.close()
  })
})
