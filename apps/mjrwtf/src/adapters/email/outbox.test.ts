import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createOutbox, type Delivery, type OutboxOptions } from './outbox.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

type DeliveryStatus = Delivery<string>['status']

/** An outbox with controlled results of deliveries, and the events of its items. */
function anOutbox(
  respond: (item: string, attempts: number) => DeliveryStatus | Promise<DeliveryStatus>,
  options: Partial<OutboxOptions<string, string>> = {},
) {
  const events: string[] = []
  const attempts = new Map<string, number>()
  let running = 0
  let maxRunning = 0
  const outbox = createOutbox<string, string>({
    async deliver(item) {
      const count = (attempts.get(item) ?? 0) + 1
      attempts.set(item, count)
      running += 1
      maxRunning = Math.max(maxRunning, running)
      const status = await respond(item, count)
      running -= 1
      return status === 'delivered' ? { status } : { status, cause: 'planted' }
    },
    delays: [1_000, 60_000],
    concurrency: 3,
    capacity: 10,
    onDelivered: (item) => void events.push(`${item} delivered`),
    onFailed: (item, cause, retryIn) => void events.push(`${item} ${cause}, in ${retryIn}`),
    onDropped: (item, dropped) => void events.push(`${item} dropped: ${dropped.reason}`),
    ...options,
  })
  return { ...outbox, events, attempts, maxRunning: () => maxRunning }
}

it('queues an item without waiting for its delivery', async () => {
  const outbox = anOutbox(() => new Promise(() => {}))
  outbox.add('a')
  expect(outbox.events).toEqual([])
})

it('retries after each delay and drops the item after the last', async () => {
  const outbox = anOutbox(() => 'failed')
  outbox.add('a')
  await vi.advanceTimersByTimeAsync(999)
  expect(outbox.attempts.get('a')).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(outbox.attempts.get('a')).toBe(2)
  await vi.advanceTimersByTimeAsync(59_999)
  expect(outbox.attempts.get('a')).toBe(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(outbox.events).toEqual(['a planted, in 1000', 'a planted, in 60000', 'a dropped: failed'])
  await vi.advanceTimersByTimeAsync(10_000_000)
  expect(outbox.attempts.get('a')).toBe(3)
})

it('does not retry a rejected or delivered item', async () => {
  const outbox = anOutbox((item) => (item === 'a' ? 'rejected' : 'delivered'))
  outbox.add('a')
  outbox.add('b')
  await vi.advanceTimersByTimeAsync(10_000_000)
  expect(outbox.events).toEqual(['a dropped: rejected', 'b delivered'])
})

it('limits concurrent deliveries; pending retries do not block others', async () => {
  const outbox = anOutbox((item, tries) => (item < 'd' && tries === 1 ? 'failed' : 'delivered'))
  for (const item of 'abcdefgh') outbox.add(item)
  await vi.advanceTimersByTimeAsync(0)
  expect(outbox.events.filter((line) => line.endsWith('delivered'))).toEqual(
    [...'defgh'].map((item) => `${item} delivered`),
  )
  expect(outbox.maxRunning()).toBe(3)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(outbox.events.slice(-3)).toEqual(['a delivered', 'b delivered', 'c delivered'])
})

it('counts pending retries against its capacity', async () => {
  const outbox = anOutbox(() => 'failed', { capacity: 4 })
  for (const item of 'abcde') outbox.add(item)
  expect(outbox.events).toEqual(['e dropped: full'])
  await vi.advanceTimersByTimeAsync(0)
  outbox.add('f')
  expect(outbox.events.at(-1)).toBe('f dropped: full')
})

it('on close makes one last attempt for each item and accepts no more', async () => {
  const outbox = anOutbox((item, tries) => (item === 'a' || tries === 1 ? 'failed' : 'delivered'))
  outbox.add('a')
  outbox.add('b')
  await vi.advanceTimersByTimeAsync(0)
  await outbox.close(5_000)
  expect(outbox.events.slice(2)).toEqual(['a dropped: failed', 'b delivered'])
  outbox.add('c')
  expect(outbox.events.at(-1)).toBe('c dropped: closed')
  await vi.advanceTimersByTimeAsync(10_000_000)
  expect(outbox.attempts.get('a')).toBe(2)
})

it('on close waits at most for the timeout and reports dropped items', async () => {
  const outbox = anOutbox(() => 'delivered', {
    concurrency: 1,
    deliver: (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ status: 'failed', cause: 'cut off' }))
      }),
  })
  outbox.add('a')
  outbox.add('b')
  let closed = false
  void outbox.close(5_000).then(() => {
    closed = true
  })
  await vi.advanceTimersByTimeAsync(4_999)
  expect(closed).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect([closed, outbox.events]).toEqual([true, ['a dropped: failed', 'b dropped: closed']])
})
