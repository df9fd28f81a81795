import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../../test/support/open-cached-sessions.ts'
import { type Cart, signIn } from '../../../test/support/open-sessions.ts'
import { SessionError } from '../../domain/errors.ts'
import type { Sessions } from '../sessions.ts'

type CachedSessions = Sessions<Cart>

describe('local change', () => {
  it('takes effect immediately, without the channel', async () => {
    await using nodes = openCachedNodes()
    const { sessions, channelControl } = nodes.node()
    const { token, session } = await signIn(sessions)
    await sessions.verify(token)
    channelControl.pause()

    await sessions.saveData(session.id, { items: 2 })
    expect(await sessions.verify(token)).toMatchObject({ session: { data: { items: 2 } } })
    const rotated = await sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error(rotated.status)
    expect((await sessions.verify(rotated.token)).status).toBe('active')
    await sessions.revokeSessionOfAnyUser(session.id, { reason: 'signed-out' })
    expect(await sessions.verify(rotated.token)).toMatchObject({ reason: 'signed-out' })
  })

  it('invalidates sessions that a sign-in replaces or evicts, or a revocation of all ends', async () => {
    await using nodes = openCachedNodes()
    const { sessions, channelControl, calls } = nodes.node({ options: { maxSessionsPerUser: 2 } })
    const one = await signIn(sessions)
    nodes.advance(10)
    const two = await signIn(sessions)
    for (const { token } of [one, two]) await sessions.verify(token)
    channelControl.pause()
    nodes.advance(10)

    const three = await signIn(sessions)
    expect(await sessions.verify(one.token)).toMatchObject({ reason: 'session-cap' })
    const four = await signIn(sessions, 'user-1', { presentedToken: two.token })
    expect(await sessions.verify(two.token)).toMatchObject({ reason: 'signed-in-again' })
    for (const { token } of [three, four]) await sessions.verify(token)
    calls.length = 0
    await sessions.revokeAllForUser('user-1', { reason: 'password-changed' })
    expect(await sessions.verify(three.token)).toMatchObject({ reason: 'password-changed' })
    expect(await sessions.verify(four.token)).toMatchObject({ reason: 'password-changed' })
    expect(calls).toEqual(['endByUser', 'find', 'find'])
  })

  it.each(['end', 'endByUser', 'insert', 'replaceSecret', 'updateData'] as const)(
    'is read from the store after %s failed, because it may have been applied',
    async (operation) => {
      await using nodes = openCachedNodes()
      let isFailing = false
      const { sessions, calls, channelControl } = nodes.node({
        wrapStore: (store) =>
          new Proxy(store, {
            get(target, name) {
              const method = Reflect.get(target, name)
              if (name !== operation) return method
              return async (...args: unknown[]) => {
                const result: unknown = await Reflect.apply(method, target, args)
                if (isFailing) throw new Error('the answer was lost')
                return result
              }
            },
          }),
      })
      const { token, session } = await signIn(sessions)
      await sessions.verify(token)
      channelControl.pause()
      isFailing = true
      const operations = {
        end: () => sessions.revokeSessionOfAnyUser(session.id, { reason: 'signed-out' }),
        endByUser: () => sessions.revokeAllForUser('user-1', { reason: 'signed-out' }),
        insert: () => sessions.signIn({ userId: 'user-1', presentedToken: token }),
        replaceSecret: () => sessions.rotate(token),
        updateData: () => sessions.saveData(session.id, { items: 1 }),
      }
      await expect(operations[operation]()).rejects.toThrow('the answer was lost')
      calls.length = 0

      await sessions.verify(token)
      expect(calls[0]).toBe('find')
    },
  )

  it('of a sign-in that failed may have ended any session of its user', async () => {
    await using nodes = openCachedNodes()
    let isFailing = false
    const { sessions, channelControl } = nodes.node({
      options: { maxSessionsPerUser: 1 },
      wrapStore: (store) => ({
        ...store,
        async insert(insertion) {
          const outcome = await store.insert(insertion)
          if (isFailing) throw new Error('the answer was lost')
          return outcome
        },
      }),
    })
    const { token } = await signIn(sessions)
    await sessions.verify(token)
    channelControl.pause()
    isFailing = true
    await expect(sessions.signIn({ userId: 'user-1' })).rejects.toThrow('the answer was lost')
    expect(await sessions.verify(token)).toMatchObject({ reason: 'session-cap' })
  })
})

describe('failed change', () => {
  it.each([
    ['a sign-in', 'insert', (sessions: CachedSessions) => sessions.signIn({ userId: 'user-2' })],
    ['a sweep', 'endExpired', (sessions: CachedSessions) => sessions.sweep()],
  ] as const)('keeps the cache when %s fails', async (_label, operation, run) => {
    await using nodes = openCachedNodes()
    let isFailing = false
    const { sessions } = nodes.node({
      wrapStore: (store) => ({
        ...store,
        [operation]: (...args: never[]) =>
          isFailing
            ? Promise.reject(new Error('store failed'))
            : Reflect.apply(Reflect.get(store, operation), store, args),
      }),
    })
    const { token } = await signIn(sessions)
    await sessions.verify(token)
    isFailing = true
    await expect(run(sessions)).rejects.toThrow('store failed')
    expect(sessions.cacheStatistics()?.entries).toBe(1)
  })

  it('keeps the cache when the store rejects the arguments of endByUser', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node({
      wrapStore: (store) => ({
        ...store,
        endByUser: () => Promise.reject(new SessionError('invalid-argument', 'no such user')),
      }),
    })
    const { token } = await signIn(sessions)
    await sessions.verify(token)
    await expect(
      sessions.revokeAllForUser('user-1', { reason: 'signed-out' }),
    ).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(sessions.cacheStatistics()?.entries).toBe(1)
  })
})
