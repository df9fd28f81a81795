import { describe, expect, it } from 'vitest'
import { openSessions, signIn, spyOn } from '../../test/support/open-sessions.ts'
import { SessionError } from '../domain/errors.ts'
import { hour } from '../domain/time.ts'
import type { SessionStore } from '../ports/session-store.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

const thousand = Array.from({ length: 1_000 }, (_, index) => index)

/** A store that counts its writes of data. */
function openCounted(overrides: Partial<SessionStore> = {}) {
  const { store, calls } = spyOn({ ...createMemorySessionStore(), ...overrides })
  const opened = openSessions({ store })
  return { ...opened, countWrites: () => calls.filter((call) => call === 'updateData').length }
}

/** A store whose writes of data wait until they are released, one after another. */
function openGated() {
  const memory = createMemorySessionStore()
  const gates: (() => void)[] = []
  const opened = openCounted({
    ...memory,
    async updateData(id, update) {
      await new Promise<void>((open) => gates.push(open))
      return memory.updateData(id, update)
    },
  })
  return { ...opened, gates }
}

describe('parallel changes of one session', () => {
  it('saves 1,000 parallel changes in a few writes and loses none', async () => {
    const { sessions, countWrites } = openCounted()
    const { session } = await signIn(sessions)

    const saved = await Promise.all(
      thousand.map((index) => sessions.saveData(session.id, { [`key-${index}`]: index })),
    )

    expect(saved.map((data, index) => data?.[`key-${index}`])).toEqual(thousand)
    expect(Object.keys(saved.at(-1) ?? {})).toHaveLength(1_000)
    expect(countWrites()).toBeLessThanOrEqual(12)
  })

  it('applies the changes of a key in the order of the calls', async () => {
    const { sessions } = openCounted()
    const { session } = await signIn(sessions)

    const saved = await Promise.all(
      thousand.map((items) => sessions.saveData(session.id, { items })),
    )

    expect(saved.map((data) => data?.items)).toEqual(thousand)
  })

  it('combines saves, flashes and step-up marks into one write', async () => {
    const { sessions, countWrites, gates } = openGated()
    const { session, token } = await signIn(sessions)
    const first = sessions.saveData(session.id, { items: 1 })
    const others = [
      sessions.saveData(session.id, { note: 'x' }),
      sessions.addFlash(session.id, { kind: 'info', message: 'saved' }),
      sessions.requireStepUp(session.id),
    ]
    gates[0]?.()
    await first
    await Promise.resolve()
    gates[1]?.()
    await Promise.all(others)

    expect(countWrites()).toBe(2)
    expect(await sessions.verify(token)).toMatchObject({
      hasFlash: true,
      stepUpReason: 'step-up-required',
      session: { data: { items: 1, note: 'x' } },
    })
  })

  it('rejects only the change that cannot be stored', async () => {
    const { sessions } = openCounted()
    const { session } = await signIn(sessions)

    const saved = await Promise.allSettled([
      sessions.saveData(session.id, { items: 1 }),
      sessions.saveData(session.id, { note: 'a' }),
      sessions.saveData(session.id, { note: 'x'.repeat(65 * 1024) }),
      sessions.saveData(session.id, { other: 'b' }),
    ])

    expect(saved.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(await sessions.saveData(session.id, {})).toEqual({ items: 1, note: 'a', other: 'b' })
  })

  it('of another session does not wait', async () => {
    const { sessions, gates } = openGated()
    const [one, other] = [await signIn(sessions), await signIn(sessions)]
    const waiting = sessions.saveData(one.session.id, { items: 1 })
    const saved = sessions.saveData(other.session.id, { items: 2 })
    gates[1]?.()

    expect(await saved).toEqual({ items: 2 })
    gates[0]?.()
    await waiting
  })

  it('fails those that wait with the error of the write that failed, and then works again', async () => {
    const memory = createMemorySessionStore()
    const error = new SessionError('store-unavailable', 'down')
    let isFailing = true
    const { sessions } = openCounted({
      updateData: (id, update) =>
        isFailing ? Promise.reject(error) : memory.updateData(id, update),
      insert: memory.insert,
    })
    const { session } = await signIn(sessions)

    const saved = await Promise.allSettled(
      [1, 2, 3].map((items) => sessions.saveData(session.id, { items })),
    )

    expect(saved).toEqual(saved.map(() => ({ status: 'rejected', reason: error })))
    isFailing = false
    expect(await sessions.saveData(session.id, { items: 4 })).toEqual({ items: 4 })
  })

  it('of an expired session are refused without a change', async () => {
    const { sessions, clock, store } = openCounted()
    const { session } = await signIn(sessions)
    clock.advance(hour)

    const saved = await Promise.all([1, 2].map((items) => sessions.saveData(session.id, { items })))

    expect(saved).toEqual([null, null])
    expect((await store.find(session.id))?.dataVersion).toBe(0)
  })

  it('counts only the last call if the store repeats an update', async () => {
    const memory = createMemorySessionStore()
    const { sessions } = openCounted({
      ...memory,
      updateData: (id, update) =>
        memory.updateData(id, (record) => {
          update(record)
          return update(record)
        }),
    })
    const { session } = await signIn(sessions)
    await sessions.addFlash(session.id, { kind: 'info', message: 'once' })

    expect(await sessions.takeFlashes(session.id)).toHaveLength(1)
  })
})
