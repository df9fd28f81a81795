import { describe, expect, it } from 'vitest'
import type { SessionStore } from '../ports/session-store.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import { aSessionRecord } from '../testing/builders.ts'
import { plainInsertion } from '../testing/fixtures.ts'
import { createLazyBackend } from './lazy-backend.ts'

const request = { migrate: true, channel: false }

function aLazyStore(store: SessionStore) {
  const open = async () => ({ store, channel: null, async close() {} })
  return createLazyBackend({ open }, request, () => {})
}

describe('a lazily opened store', () => {
  it.each(['before', 'after'])('enters a transaction once, %s it is open', async (when) => {
    const memory = createMemorySessionStore()
    const entered: object[] = []
    const within = (transaction: object) => {
      entered.push(transaction)
      return memory
    }
    const lazy = aLazyStore({ ...memory, within })
    if (when === 'after') await lazy.open()
    const transaction = {}
    const store = lazy.store.within?.(transaction)
    const records = [aSessionRecord(), aSessionRecord()]
    await Promise.all(records.map((record) => store?.insert(plainInsertion(record))))

    expect(entered).toEqual([transaction])
    for (const record of records) expect(await memory.find(record.id)).toEqual(record)
  })

  it('is rejected with the name of an operation that it lacks', async () => {
    const { updateData: _, ...older } = createMemorySessionStore()
    await expect(aLazyStore(Object(older)).open()).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/^the store of the backend has no method updateData: pass /),
    })
  })

  it('rejects transactions of a store that has none', async () => {
    const lazy = aLazyStore(createMemorySessionStore())
    const operation = async () => lazy.store.within?.({}).find(aSessionRecord().id)
    await expect(operation()).rejects.toMatchObject({ code: 'invalid-argument' })
    await lazy.open()
    await expect(operation()).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  it('returns the time of the store, or null if it has no clock of its own', async () => {
    const memory = createMemorySessionStore()
    expect(await aLazyStore(memory).store.currentTime?.()).toBeNull()
    const currentTime = async () => 7
    expect(await aLazyStore({ ...memory, currentTime }).store.currentTime?.()).toBe(7)
  })

  it('returns the user id of the store, null if no user can have it, or the same by default', async () => {
    const memory = createMemorySessionStore()
    expect(await aLazyStore(memory).store.normalizeUserId?.('Ada')).toBe('Ada')
    const normalizeUserId = async (userId: string) => (userId === '' ? null : userId.toLowerCase())
    const { store } = aLazyStore({ ...memory, normalizeUserId })
    expect(await store.normalizeUserId?.('Ada')).toBe('ada')
    expect(await store.normalizeUserId?.('')).toBeNull()
  })

  it('is opened once if a transaction was entered before another operation opened it', async () => {
    const memory = createMemorySessionStore()
    const opened: SessionStore[] = []
    const open = async () => {
      opened.push(memory)
      return { store: { ...memory, within: () => memory }, channel: null, async close() {} }
    }
    const lazy = createLazyBackend({ open }, request, () => {})
    const inTransaction = lazy.store.within?.({})
    await lazy.store.find(aSessionRecord().id)
    await inTransaction?.find(aSessionRecord().id)

    expect(opened).toHaveLength(1)
  })
})

describe('a lazily opened channel', () => {
  const listener = { onChange() {}, onReset() {}, onLatency() {}, onInterrupted() {} }
  const options = { listener, clock: { now: () => 7 }, leaseDuration: 5 }

  it('is subscribed to after the store was opened at a later attempt', async () => {
    const store = createMemorySessionStore()
    const channel = store.revocations
    let attempts = 0
    const open = async () => {
      attempts += 1
      if (attempts === 1) throw new Error('the server starts after the application')
      return { store, channel, async close() {} }
    }
    const lazy = createLazyBackend({ open }, request, () => {})
    const subscription = lazy.channel.subscribe(options)
    await expect(lazy.open()).rejects.toMatchObject({ code: 'store-unavailable' })
    subscription.requestHeartbeat()
    expect(subscription.freshAsOf()).toBe(Number.NEGATIVE_INFINITY)
    await lazy.open()
    subscription.requestHeartbeat()
    expect(subscription.freshAsOf()).toBe(7)
    await subscription.close()
  })

  it('is not subscribed to after the subscription was closed', async () => {
    const store = createMemorySessionStore()
    const subscribe = () => expect.unreachable()
    const open = async () => ({ store, channel: { subscribe }, async close() {} })
    const lazy = createLazyBackend({ open }, request, () => {})
    const subscription = lazy.channel.subscribe(options)
    await subscription.close()
    await lazy.open()
    subscription.requestHeartbeat()
  })
})
