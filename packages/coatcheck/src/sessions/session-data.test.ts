import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type Cart, openSessions, signIn, spyOn } from '../../test/support/open-sessions.ts'
import { hour } from '../domain/time.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import { createSessions } from './create-sessions.ts'

describe('session data', () => {
  it('keeps 50 concurrent changes of different keys', async () => {
    const { sessions } = openSessions()
    const { session, token } = await signIn(sessions, 'user-1', { data: { note: 'first' } })
    const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`)
    await Promise.all(keys.map((key) => sessions.saveData(session.id, { [key]: key })))
    const verification = await sessions.verify(token)
    const saved = verification.status === 'active' ? verification.session.data : {}
    expect(Object.keys(saved).toSorted()).toEqual(['note', ...keys].toSorted())
  })

  it('removes a key whose value is undefined', async () => {
    const { sessions } = openSessions()
    const { session } = await signIn(sessions, 'user-1', { data: { note: 'x', items: 1 } })
    expect(await sessions.saveData(session.id, { note: undefined })).toEqual({ items: 1 })
  })

  it.each([[[]], ['text'], [7]])(
    'rejects a change of keys of %j, which would be lost',
    async (initial) => {
      const data = { initial }
      const sessions = createSessions<unknown>({ store: createMemorySessionStore(), data })
      const outcome = await sessions.signIn({ userId: 'user-1' })
      if (outcome.status !== 'signed-in') throw new Error(outcome.reason)
      await expect(sessions.saveData(outcome.session.id, { items: 1 })).rejects.toMatchObject({
        code: 'invalid-argument',
        message: 'saveData needs data that is an object',
      })
    },
  )

  it('stores keys such as __proto__ as ordinary keys', async () => {
    const { sessions } = openSessions()
    const { session } = await signIn(sessions)
    const hostile: Record<string, unknown> = JSON.parse('{"__proto__":{"admin":true},"toString":1}')
    const saved = await sessions.saveData(session.id, hostile)
    expect(Object.keys(saved ?? {}).toSorted()).toEqual(['__proto__', 'toString'])
    expect(Object.getPrototypeOf(saved)).toBe(Object.prototype)
    expect('admin' in (saved ?? {})).toBe(false)
  })

  it('does not change an expired session', async () => {
    const { sessions, clock, store } = openSessions()
    const { session } = await signIn(sessions)
    clock.advance(hour)
    expect(await sessions.saveData(session.id, { items: 1 })).toBeNull()
    expect((await store.find(session.id))?.dataVersion).toBe(0)
  })

  it('changes a session that only unwritten activity keeps active', async () => {
    const { sessions, clock } = openSessions()
    const { token, session } = await signIn(sessions)
    clock.advance(hour / 2 - 1)
    await sessions.verify(token)
    clock.advance(hour / 4)
    expect(await sessions.saveData(session.id, { items: 1 })).toEqual({ items: 1 })
  })

  it('rejects data over 64 KiB and keeps the stored data', async () => {
    const { sessions, store } = openSessions()
    const { session } = await signIn(sessions)
    const note = 'x'.repeat(64 * 1024)
    await expect(sessions.saveData(session.id, { note })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
    expect((await store.find(session.id))?.dataVersion).toBe(0)
  })

  it('measures the size of data in bytes', async () => {
    const { sessions } = openSessions()
    const { session } = await signIn(sessions)
    const saved = sessions.saveData(session.id, { note: 'é'.repeat(40_000) })
    await expect(saved).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it.each([
    ['a Date', { items: [{ addedAt: new Date(0) }] }, 'data.items[0].addedAt is a Date'],
    ['undefined in an array', { list: [undefined] }, 'data.list[0] is undefined'],
    ['NaN', { total: Number.NaN }, 'data.total is NaN'],
  ])('rejects %s at sign-in and in saveData, and names the path', async (_kind, data, message) => {
    const { sessions, store } = openSessions()
    const { session } = await signIn(sessions)
    const invalidData = data as unknown as Cart
    const expected = { code: 'invalid-argument', message: expect.stringContaining(message) }
    await expect(sessions.signIn({ userId: 'user-1', data: invalidData })).rejects.toMatchObject(
      expected,
    )
    await expect(sessions.saveData(session.id, invalidData)).rejects.toMatchObject(expected)
    expect((await store.find(session.id))?.dataVersion).toBe(0)
  })

  it.each([undefined, null, 'text', 1, ['a']])('rejects %o as changes', async (changes) => {
    const { sessions } = openSessions()
    const { session } = await signIn(sessions)
    const saved = sessions.saveData(session.id, changes as unknown as Cart)
    await expect(saved).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('returns what was stored, in objects that no caller shares', async () => {
    const { sessions } = openSessions()
    const list = [{ count: 1 }]
    const { session } = await signIn(sessions, 'user-1', { data: { list } })
    expect(session.data.list).toEqual(list)
    expect(session.data.list).not.toBe(list)

    const changes = { list: [{ count: 2, absent: undefined }] }
    const [, saved, later] = await Promise.all([
      sessions.saveData(session.id, {}), // alone, so that the other two are in one write
      sessions.saveData(session.id, changes),
      sessions.saveData(session.id, { note: 'x' }),
    ])
    changes.list.push({ count: 3, absent: undefined })
    expect(saved).toStrictEqual({ list: [{ count: 2 }] })
    Object.assign(Object(saved?.list), { 0: 'changed by a caller' })

    expect(later).toStrictEqual({ list: [{ count: 2 }], note: 'x' })
    expect(await sessions.saveData(session.id, {})).toStrictEqual(later)
  })

  it('stores changes as they were when saveData was called', async () => {
    const { sessions } = openSessions()
    const { session } = await signIn(sessions)
    const list = [1]
    const saved = [sessions.saveData(session.id, {}), sessions.saveData(session.id, { list })]
    list.push(2)

    expect(await Promise.all(saved)).toEqual([{}, { list: [1] }])
  })

  it('adds keys of initial that a release adds to existing sessions, with their own values', async () => {
    const { sessions, store, clock } = openSessions({ data: { initial: { note: 'first' } } })
    const { token, session } = await signIn(sessions)
    const data = { initial: { note: 'new', list: [1], nested: { a: 1 } } }
    const later = createSessions<Cart>({ store, clock, data })

    const verified = await later.verify(token)
    if (verified.status !== 'active') throw new Error(verified.status)
    expect(verified.session.data).toEqual({ note: 'first', list: [1], nested: { a: 1 } })
    Object.assign(verified.session.data, { list: [2] })
    expect(await later.saveData(session.id, { note: undefined })).toEqual(data.initial)
  })

  it('does not quote corrupt data in errors', async () => {
    const { sessions, store } = openSessions()
    const { session } = await signIn(sessions)
    await store.updateData(session.id, () => '{"v":1,"data":{"note":private}}')
    const error: unknown = await sessions.saveData(session.id, {}).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'corrupt-record' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('private')
  })

  it('decodes data with the decode option and does not authenticate if it throws', async () => {
    const decode = (stored: unknown) => {
      if (typeof stored !== 'object' || stored === null || !('items' in stored))
        throw new Error('old')
      return { items: Number(stored.items) }
    }
    const { sessions, store } = openSessions({ data: { initial: { items: 0 }, decode } })
    const { session, token } = await signIn(sessions)
    expect(await sessions.verify(token)).toMatchObject({ session: { data: { items: 0 } } })
    await store.updateData(session.id, () => '{"v":1,"data":{},"flashes":[]}')
    expect(await sessions.verify(token)).toEqual({ status: 'none', reason: 'unreadable' })
  })
})

describe('flashes', () => {
  const welcome = { kind: 'success', message: 'Welcome back.' }

  it('announces a flash in verify and returns it once', async () => {
    const { sessions } = openSessions()
    const { session, token } = await signIn(sessions)
    await sessions.addFlash(session.id, welcome)
    expect(await sessions.verify(token)).toMatchObject({ hasFlash: true })
    expect(await sessions.takeFlashes(session.id)).toEqual([welcome])
    expect(await sessions.takeFlashes(session.id)).toEqual([])
    expect(await sessions.verify(token)).toMatchObject({ hasFlash: false })
  })

  it('stores the flash of a sign-in in the same write', async () => {
    const { store, calls } = spyOn(createMemorySessionStore())
    const { sessions } = openSessions({ store })
    const { session, hasFlash } = await signIn(sessions, 'user-1', { flash: welcome })
    expect({ hasFlash, calls }).toEqual({ hasFlash: true, calls: ['insert'] })
    expect(await sessions.takeFlashes(session.id)).toEqual([welcome])
    const flash = { kind: '', message: '' }
    await expect(sessions.signIn({ userId: 'user-1', flash })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })

  it('returns a flash to exactly one of ten concurrent readers', async () => {
    const { sessions } = openSessions()
    const { session } = await signIn(sessions)
    await sessions.addFlash(session.id, welcome)
    const flashes = await Promise.all(
      Array.from({ length: 10 }, () => sessions.takeFlashes(session.id)),
    )
    expect(flashes.flat()).toEqual([welcome])
  })

  it('keeps data that is saved concurrently', async () => {
    const { sessions, token } = await opened()
    const { session } = await active(sessions, token)
    await Promise.all([
      sessions.addFlash(session.id, welcome),
      sessions.saveData(session.id, { items: 3 }),
      sessions.addFlash(session.id, welcome),
    ])
    expect(await active(sessions, token)).toMatchObject({
      hasFlash: true,
      session: { data: { items: 3 } },
    })
    expect(await sessions.takeFlashes(session.id)).toHaveLength(2)
  })

  it('keeps the newest eight flashes', async () => {
    const { sessions, token } = await opened()
    const { session } = await active(sessions, token)
    for (let index = 0; index < 10; index += 1) {
      await sessions.addFlash(session.id, { kind: 'info', message: `${index}` })
    }
    const messages = (await sessions.takeFlashes(session.id)).map(({ message }) => message)
    expect(messages).toEqual(['2', '3', '4', '5', '6', '7', '8', '9'])
  })

  it.each([
    { kind: '', message: 'x' },
    { kind: 'x'.repeat(33), message: 'x' },
    { kind: 'info', message: 'x'.repeat(501) },
    { kind: 'info', message: new Date(0) as unknown as string },
    { kind: ['i'] as unknown as string, message: 'x' },
  ])('rejects a flash that exceeds its limits', async (flash) => {
    const { sessions, token } = await opened()
    const { session } = await active(sessions, token)
    await expect(sessions.addFlash(session.id, flash)).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })

  async function opened() {
    const { sessions } = openSessions()
    const { token } = await signIn(sessions)
    return { sessions, token }
  }

  async function active(sessions: ReturnType<typeof openSessions>['sessions'], token: string) {
    const verification = await sessions.verify(token)
    if (verification.status !== 'active') throw new Error('not active')
    return verification
  }
})
