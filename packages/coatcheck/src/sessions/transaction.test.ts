import { describe, expect, it } from 'vitest'
import { openCachedNodes } from '../../test/support/open-cached-sessions.ts'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

const connection = {}

/** A store whose transactions take effect at once: the tests of the stores cover the rest. */
function withTransactions(store: SessionStore): SessionStore {
  return { ...store, within: () => store }
}

function openWithTransactions() {
  return openSessions({ store: withTransactions(createMemorySessionStore()) })
}

describe('transaction', () => {
  it('reports changes once work has resolved, in order', async () => {
    const { sessions, events } = openWithTransactions()
    const outcome = await sessions.transaction(async (within) => {
      const operations = within(connection)
      const signedIn = await operations.signIn({ userId: 'ada' })
      await operations.revokeAllForUser('ada', { reason: 'password-changed' })
      expect(events).toEqual([])
      return signedIn
    })
    expect(outcome.status).toBe('signed-in')
    expect(events.map(({ type }) => type)).toEqual(['session-created', 'session-revoked'])
  })

  it('reports no change if work rejects, and rejects with its error', async () => {
    const { sessions, events } = openWithTransactions()
    const work = sessions.transaction(async (within) => {
      await within(connection).signIn({ userId: 'ada' })
      throw new Error('the insertion of the user failed')
    })
    await expect(work).rejects.toThrow('the insertion of the user failed')
    expect(events).toEqual([])
  })

  it('reports a refused sign-in even if work rejects', async () => {
    const { sessions, events, clock } = openWithTransactions()
    const credentialsCheckedAt = clock.now()
    await sessions.revokeAllForUser('ada', { reason: 'password-changed' })
    const work = sessions.transaction(async (within) => {
      const outcome = await within(connection).signIn({ userId: 'ada', credentialsCheckedAt })
      throw new Error(outcome.status)
    })
    await expect(work).rejects.toThrow('refused')
    expect(events).toMatchObject([{ type: 'sign-in-blocked', reason: 'credentials-outdated' }])
  })

  it('rejects with invalid-argument if the store has no transactions', async () => {
    const { sessions } = openSessions()
    const work = sessions.transaction(async (within) =>
      within(connection).signIn({ userId: 'ada' }),
    )
    await expect(work).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('rejects operations after close', async () => {
    const { sessions } = openWithTransactions()
    await sessions.close()
    const work = sessions.transaction(async (within) =>
      within(connection).signIn({ userId: 'ada' }),
    )
    await expect(work).rejects.toMatchObject({ code: 'closed' })
  })

  it('rotates a session that is active only through activity that is not written yet', async () => {
    const { sessions, clock } = openWithTransactions()
    const { token, session } = await signIn(sessions)
    clock.advance(session.idleTimeout - 1)
    await sessions.verify(token)
    clock.advance(session.idleTimeout - 1)
    const rotated = await sessions.transaction((within) => within(connection).rotate(token))
    expect(rotated.status).toBe('rotated')
    await sessions.close()
  })
})

describe('cache of the process', () => {
  it.each(['resolves', 'rejects'])('drops what has changed once work %s', async (result) => {
    await using nodes = openCachedNodes()
    const { sessions, channelControl } = nodes.node({ wrapStore: withTransactions })
    const { token, session } = await signIn(sessions)
    await sessions.verify(token)
    channelControl.pause()

    const work = sessions.transaction(async (within) => {
      await within(connection).revokeAllForUser(session.userId, { reason: 'password-changed' })
      // Not committed yet, as far as this process knows.
      expect((await sessions.verify(token)).status).toBe('active')
      if (result === 'rejects') throw new Error('the answer to COMMIT was lost')
    })
    await Promise.allSettled([work])
    expect(await sessions.verify(token)).toMatchObject({ reason: 'password-changed' })
  })

  it('neither serves nor keeps records of the transaction', async () => {
    await using nodes = openCachedNodes()
    const { sessions, channelControl, calls } = nodes.node({ wrapStore: withTransactions })
    const { token, session } = await signIn(sessions)
    await sessions.verify(token)
    channelControl.pause()
    calls.length = 0

    const data = await sessions.transaction((within) =>
      within(connection).saveData(session.id, { items: 3 }),
    )
    expect(data).toEqual({ items: 3 })
    expect(await sessions.verify(token)).toMatchObject({ session: { data: { items: 3 } } })
  })
})
