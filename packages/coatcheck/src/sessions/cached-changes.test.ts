import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../test/support/open-cached-sessions.ts'
import { type Cart, signIn } from '../../test/support/open-sessions.ts'
import { SessionError } from '../domain/errors.ts'
import { hour, second } from '../domain/time.ts'
import type { Sessions } from './sessions.ts'

const lease = 2 * second

type Cached = Sessions<Cart>

describe('a change in this process', () => {
  it('counts at once, whatever the channel tells', async () => {
    await using nodes = openCachedNodes()
    const { sessions, held } = nodes.node()
    const { token, session } = await signIn(sessions)
    await sessions.verify(token)
    held.hold()

    await sessions.saveData(session.id, { items: 2 })
    expect(await sessions.verify(token)).toMatchObject({ session: { data: { items: 2 } } })
    const rotated = await sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error(rotated.status)
    expect((await sessions.verify(rotated.token)).status).toBe('active')
    await sessions.revoke(session.id, { reason: 'signed-out' })
    expect(await sessions.verify(rotated.token)).toMatchObject({ reason: 'signed-out' })
  })

  it('ends in memory what a sign-in replaces or pushes out, and all that a user has', async () => {
    await using nodes = openCachedNodes()
    const { sessions, held, calls } = nodes.node({ options: { maxSessionsPerUser: 2 } })
    const one = await signIn(sessions)
    nodes.pass(10)
    const two = await signIn(sessions)
    for (const { token } of [one, two]) await sessions.verify(token)
    held.hold()
    nodes.pass(10)

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

  it.each(['end', 'endByUser', 'insert', 'replaceSecret', 'replaceData'] as const)(
    'is not told from memory when %s failed, for it may have been made',
    async (operation) => {
      await using nodes = openCachedNodes()
      let fails = false
      const { sessions, calls, held } = nodes.node({
        between: (store) =>
          new Proxy(store, {
            get(target, name) {
              const method = Reflect.get(target, name)
              if (name !== operation) return method
              return async (...args: unknown[]) => {
                const result: unknown = await Reflect.apply(method, target, args)
                if (fails) throw new Error('the answer was lost')
                return result
              }
            },
          }),
      })
      const { token, session } = await signIn(sessions)
      await sessions.verify(token)
      held.hold()
      fails = true
      const acts = {
        end: () => sessions.revoke(session.id, { reason: 'signed-out' }),
        endByUser: () => sessions.revokeAllForUser('user-1', { reason: 'signed-out' }),
        insert: () => sessions.signIn({ userId: 'user-1', presentedToken: token }),
        replaceSecret: () => sessions.rotate(token),
        replaceData: () => sessions.saveData(session.id, { items: 1 }),
      }
      await expect(acts[operation]()).rejects.toThrow('the answer was lost')
      calls.length = 0

      await sessions.verify(token)
      expect(calls[0]).toBe('find')
    },
  )
})

describe('a change that was not made', () => {
  it.each([
    ['a sign-in', 'insert', (sessions: Cached) => sessions.signIn({ userId: 'user-2' })],
    ['a sweep', 'endExpired', (sessions: Cached) => sessions.sweep()],
  ] as const)('empties no memory: %s that failed', async (_what, operation, act) => {
    await using nodes = openCachedNodes()
    let fails = false
    const { sessions } = nodes.node({
      between: (store) => ({
        ...store,
        [operation]: (...args: never[]) =>
          fails
            ? Promise.reject(new Error('gone'))
            : Reflect.apply(Reflect.get(store, operation), store, args),
      }),
    })
    const { token } = await signIn(sessions)
    await sessions.verify(token)
    fails = true
    await expect(act(sessions)).rejects.toThrow('gone')
    expect(sessions.cacheStatistics()?.entries).toBe(1)
  })

  it('empties no memory: the end of all that a user has, refused for what it was given', async () => {
    await using nodes = openCachedNodes()
    const { sessions } = nodes.node({
      between: (store) => ({
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

describe('a change in another process', () => {
  async function openTwo(nodes: ReturnType<typeof openCachedNodes>) {
    const here = nodes.node()
    const there = nodes.node()
    const { token, session } = await signIn(here.sessions)
    await here.sessions.verify(token)
    await here.sessions.verify(token)
    here.calls.length = 0
    return { here, there, token, session }
  }

  it('counts as soon as it is told', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwo(nodes)

    await there.sessions.revoke(session.id, { reason: 'ended-by-user' })

    expect(await here.sessions.verify(token)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.calls).toEqual(['find'])
  })

  it('counts after the lease at the latest, to the millisecond, when nothing is told', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwo(nodes)
    here.held.hold()
    await there.sessions.revoke(session.id, { reason: 'ended-by-user' })

    nodes.pass(lease - 1)
    expect((await here.sessions.verify(token)).status).toBe('active')
    expect(here.calls).toEqual([])
    nodes.pass(1)
    expect(await here.sessions.verify(token)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.sessions.cacheStatistics()).toMatchObject({ leaseHeld: false, leaseLosses: 1 })
  })

  it('is heard once the channel is back, and memory answers again', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwo(nodes)
    const other = await signIn(here.sessions, 'user-2')
    await here.sessions.verify(other.token)
    here.held.hold()
    await there.sessions.revoke(session.id, { reason: 'ended-by-user' })
    nodes.pass(lease)
    await here.sessions.verify(other.token)

    here.held.release()
    here.calls.length = 0

    expect((await here.sessions.verify(token)).status).toBe('ended')
    expect(here.calls).toEqual(['find'])
    expect((await here.sessions.verify(other.token)).status).toBe('active')
    expect(here.calls).toEqual(['find'])
  })

  it('never makes memory refuse: a secret that is new to it is the store’s to judge', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token } = await openTwo(nodes)
    here.held.hold()
    const rotated = await there.sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error(rotated.status)

    expect((await here.sessions.verify(rotated.token)).status).toBe('active')
    // And what it read then is what holds: the old secret is refused before the word has come.
    expect((await here.sessions.verify(token)).status).toBe('ended')
  })

  it('is not told otherwise by memory once a read has shown it', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwo(nodes)
    here.held.hold()
    await there.sessions.revoke(session.id, { reason: 'ended-by-user' })

    const fresh = await here.sessions.verify(token, undefined, { fresh: true })
    const plain = await here.sessions.verify(token)

    expect([fresh.status, plain.status]).toEqual(['ended', 'ended'])
  })

  it('is not told otherwise by memory once a read of somebody without the secret has shown it', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwo(nodes)
    here.held.hold()
    const rotated = await there.sessions.rotate(token)
    if (rotated.status !== 'rotated') throw new Error(rotated.status)
    await here.sessions.verify(`${session.id}.${'A'.repeat(43)}`)
    expect((await here.sessions.verify(token)).status).toBe('ended')
  })

  it('lets data changed elsewhere be seen as soon as it is told', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwo(nodes)
    await there.sessions.saveData(session.id, { items: 7 })
    expect(await here.sessions.verify(token)).toMatchObject({ session: { data: { items: 7 } } })
  })

  it('does not let a stop of this process pass for quiet', async () => {
    await using nodes = openCachedNodes()
    const { here, there, token, session } = await openTwo(nodes)
    here.held.hold()
    await there.sessions.revoke(session.id, { reason: 'ended-by-user' })
    const asked = here.held.asked()

    // Far shorter than the lease: the word waits in a socket, and the request was read first.
    nodes.stopFor(60)

    expect(await here.sessions.verify(token)).toMatchObject({ reason: 'ended-by-user' })
    expect(here.held.asked()).toBe(asked + 1)
  })

  it('does not trust a proof from before a stop, and does one from after it', async () => {
    await using nodes = openCachedNodes()
    const { here, token } = await openTwo(nodes)
    here.held.hold()
    nodes.stopFor(60)
    await here.sessions.verify(token)
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find', 'find'])

    here.held.release()
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find', 'find'])
  })

  it('reads what came during a short stop before memory answers again', async () => {
    await using nodes = openCachedNodes()
    const { here, token } = await openTwo(nodes)
    const round = () => new Promise((resolve) => setImmediate(resolve))
    nodes.stopFor(20)
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find'])
    // The round that the stop fell into may have been told of its events before.
    await round()
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find', 'find'])
    await round()
    await here.sessions.verify(token)
    expect(here.calls).toEqual(['find', 'find'])
  })

  it('does not trust a proof across a change of the clock', async () => {
    await using nodes = openCachedNodes()
    const { here, token } = await openTwo(nodes)
    for (const jump of [600, -600, 3 * hour, -3 * hour]) {
      here.held.release()
      nodes.pass(20)
      await here.sessions.verify(token)
      here.calls.length = 0
      here.held.hold()
      nodes.pass(10)
      await here.sessions.verify(token)
      expect(here.calls).toEqual([])
      nodes.clock.advance(jump)
      await here.sessions.verify(token)
      expect(here.calls).toContain('find')
      nodes.clock.advance(-jump)
      await here.sessions.verify(token)
    }
  })

  it('tells of an interrupted channel', async () => {
    await using nodes = openCachedNodes()
    const { here } = await openTwo(nodes)
    here.held.interrupt('silent')
    expect(here.events.at(-1)).toEqual({
      type: 'revocation-channel-interrupted',
      at: nodes.clock.now(),
      reason: 'silent',
    })
  })

  it('asks for a proof four times in each lease', async () => {
    await using nodes = openCachedNodes()
    const { here } = await openTwo(nodes)
    const asked = here.held.asked()
    nodes.pass(10 * lease)
    expect(here.held.asked() - asked).toBe(40)
  })
})
