import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createSessions, type StandardSchema } from '../index.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'

const cartSchema = z.object({
  theme: z.enum(['light', 'dark']).default('light'),
  items: z.array(z.object({ id: z.string(), quantity: z.number().int() })),
})

/** A schema written by hand, whose issues quote the value. */
const positive: StandardSchema<{ readonly total: number }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate(value) {
      const total = typeof value === 'object' && value !== null && Reflect.get(value, 'total')
      if (typeof total === 'number' && total >= 0) return { value: { total } }
      return { issues: [{ message: `secret ${String(total)}`, path: [{ key: 'total' }] }] }
    },
  },
}

function open<Data>(data: Parameters<typeof createSessions<Data>>[0]['data']) {
  const store = createMemorySessionStore()
  return { store, sessions: createSessions<Data>({ store, data }) }
}

async function signedIn<Data>({ sessions }: ReturnType<typeof open<Data>>) {
  const outcome = await sessions.signIn({ userId: 'ada' })
  if (outcome.status !== 'signed-in') throw new Error(outcome.reason)
  return outcome
}

/** Stores what an older release or another program has written. */
function storeOld({ store }: Pick<ReturnType<typeof open>, 'store'>, id: string, data: unknown) {
  return store.updateData(id as Parameters<typeof store.find>[0], () =>
    JSON.stringify({ v: 1, data, flashes: [] }),
  )
}

describe('a schema of the data', () => {
  it('types the data by its output', async () => {
    const sessions = createSessions({
      store: createMemorySessionStore(),
      data: { schema: cartSchema, initial: { theme: 'dark', items: [] } },
    })
    const outcome = await sessions.signIn({ userId: 'ada' })
    if (outcome.status !== 'signed-in') throw new Error(outcome.reason)
    const theme: 'light' | 'dark' = outcome.session.data.theme
    const items: { id: string; quantity: number }[] = outcome.session.data.items
    expect({ theme, items }).toEqual({ theme: 'dark', items: [] })
  })

  it.each([
    ['adds to a number', z.object({ n: z.number().transform((n) => n + 1) }), { n: 0 }],
    ['adds to a text', z.object({ n: z.string().transform((n) => `${n}!`) }), { n: 'a' }],
  ])('is rejected if it %s that it has returned', (_name, schema, initial) => {
    expect(() => open<object>({ schema, initial })).toThrow(
      /^data\.initial: data\.schema or data\.decode changes data that it has returned itself$/,
    )
  })

  it('rejects a save of data that it would change at each read, and no other', async () => {
    const schema = z.object({ text: z.string().transform((text) => text.replace('aa', 'a')) })
    const opened = open<{ text: string }>({ schema, initial: { text: '' } })
    const { session } = await signedIn(opened)
    const save = (text: string) => opened.sessions.saveData(session.id, { text })
    await expect(save('aaaa')).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(await save('a b')).toEqual({ text: 'a b' })
  })

  it('fails to compile with an output that JSON cannot carry', () => {
    const schema = z.object({ at: z.date().optional() })
    // @ts-expect-error data.at is a Date: store a number or an ISO string
    expect(() => open({ schema, initial: {} })).not.toThrow()
  })

  it('rejects data that does not match with the paths of the issues', async () => {
    const opened = open({ schema: cartSchema, initial: { theme: 'light', items: [] } })
    const { session } = await signedIn(opened)
    const items = [{ id: 'a', quantity: 0.5 }]

    await expect(opened.sessions.saveData(session.id, { items })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'data.items[0].quantity does not match data.schema',
    })
    await expect(
      opened.sessions.signIn({ userId: 'ada', data: { theme: 'light', items } }),
    ).rejects.toMatchObject({ code: 'invalid-argument' })
    expect((await opened.store.find(session.id))?.dataVersion).toBe(0)
  })

  it('stores and returns its output', async () => {
    const schema = z.object({ name: z.string().trim() })
    const opened = open({ schema, initial: { name: '' } })
    const { session, token } = await signedIn(opened)

    expect(await opened.sessions.saveData(session.id, { name: ' Ada ' })).toEqual({ name: 'Ada' })
    expect(await opened.sessions.verify(token)).toMatchObject({
      session: { data: { name: 'Ada' } },
    })
  })

  it('converts stored data of an older shape through its defaults and transforms', async () => {
    const schema = z.preprocess(
      (stored) =>
        typeof stored === 'object' && stored && 'dark' in stored ? { theme: 'dark' } : stored,
      z.object({ theme: z.enum(['light', 'dark']), since: z.number().default(0) }),
    )
    const opened = open({
      schema,
      decode: (stored) => stored as never,
      initial: { theme: 'light', since: 1 },
    })
    const { session, token } = await signedIn(opened)
    await storeOld(opened, session.id, { dark: true })

    expect(await opened.sessions.verify(token)).toMatchObject({
      session: { data: { theme: 'dark', since: 0 } },
    })
  })

  it('completes stored data with the keys of initial before it validates', async () => {
    const schema = z.object({ theme: z.string(), locale: z.string() })
    const opened = open({ schema, initial: { theme: 'light', locale: 'en' } })
    const { session, token } = await signedIn(opened)
    await storeOld(opened, session.id, { theme: 'dark' })

    expect(await opened.sessions.verify(token)).toMatchObject({
      session: { data: { theme: 'dark', locale: 'en' } },
    })
  })

  it('makes a session unreadable whose stored data does not match', async () => {
    const opened = open({ schema: positive, initial: { total: 0 } })
    const { session, token } = await signedIn(opened)
    await storeOld(opened, session.id, { total: -1 })

    expect(await opened.sessions.verify(token)).toEqual({ status: 'none', reason: 'unreadable' })
    const error = await opened.sessions.saveData(session.id, { total: 1 }).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'corrupt-record' })
  })

  it('keeps the values that the messages of issues quote out of errors', async () => {
    const opened = open({ schema: positive, initial: { total: 0 } })
    const { session } = await signedIn(opened)
    const error = await opened.sessions
      .saveData(session.id, { total: -42 })
      .catch((thrown) => thrown)

    expect(error).toMatchObject({ message: 'data.total does not match data.schema' })
    expect(error.cause).toBeUndefined()
  })

  it('is rejected if it is asynchronous', () => {
    const schema = z.object({ name: z.string() }).refine(async () => true)
    expect(() => open({ schema, initial: { name: '' } })).toThrow(/data\.schema is asynchronous/)
  })

  it('is rejected if it does not accept its own output', () => {
    const schema = z.object({ n: z.string().transform(Number) })
    const create = () => open({ schema, initial: { n: '1' as unknown as number } })
    expect(create).toThrow(/^data\.initial: data would be rejected by data\.decode or data\.schema/)
  })

  it.each([{}, null, 'schema', { '~standard': { version: 2, validate: () => 1 } }])(
    'is rejected if it is no Standard Schema: %o',
    (schema) => {
      const create = () =>
        open({ schema: schema as unknown as StandardSchema<object>, initial: {} })
      expect(create).toThrow(
        expect.objectContaining({
          code: 'invalid-option',
          message: expect.stringMatching(/^data\.schema must/),
        }),
      )
    },
  )

  it('rejects an initial value that does not match, and names the path', () => {
    const create = () => open({ schema: positive, initial: { total: -1 } })
    expect(create).toThrow('data.initial: data.total does not match data.schema')
  })
})
