import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createOutbox, type Delivery, type OutboxOptions } from './outbox.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

type Answer = Delivery<string>['status']

/** An outbox whose deliveries answer as they are told to, and what becomes of its items. */
function anOutbox(
  answer: (item: string, tries: number) => Answer | Promise<Answer>,
  options: Partial<OutboxOptions<string, string>> = {},
) {
  const told: string[] = []
  const tries = new Map<string, number>()
  let atOnce = 0
  let mostAtOnce = 0
  const outbox = createOutbox<string, string>({
    async deliver(item) {
      const count = (tries.get(item) ?? 0) + 1
      tries.set(item, count)
      atOnce += 1
      mostAtOnce = Math.max(mostAtOnce, atOnce)
      const status = await answer(item, count)
      atOnce -= 1
      return status === 'delivered' ? { status } : { status, cause: 'planted' }
    },
    delays: [1_000, 60_000],
    atOnce: 3,
    capacity: 10,
    onDelivered: (item) => void told.push(`${item} delivered`),
    onFailed: (item, cause, nextTryIn) => void told.push(`${item} ${cause}, in ${nextTryIn}`),
    onLost: (item, loss) => void told.push(`${item} lost: ${loss.reason}`),
    ...options,
  })
  return { ...outbox, told, tries, mostAtOnce: () => mostAtOnce }
}

it('takes an item at once, whatever its delivery takes', async () => {
  const outbox = anOutbox(() => new Promise(() => {}))
  outbox.put('a')
  expect(outbox.told).toEqual([])
})

it('tries again after each delay, and gives up after the last', async () => {
  const outbox = anOutbox(() => 'failed')
  outbox.put('a')
  await vi.advanceTimersByTimeAsync(999)
  expect(outbox.tries.get('a')).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(outbox.tries.get('a')).toBe(2)
  await vi.advanceTimersByTimeAsync(59_999)
  expect(outbox.tries.get('a')).toBe(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(outbox.told).toEqual(['a planted, in 1000', 'a planted, in 60000', 'a lost: failed'])
  await vi.advanceTimersByTimeAsync(10_000_000)
  expect(outbox.tries.get('a')).toBe(3)
})

it('tries no more what was refused or delivered', async () => {
  const outbox = anOutbox((item) => (item === 'a' ? 'refused' : 'delivered'))
  outbox.put('a')
  outbox.put('b')
  await vi.advanceTimersByTimeAsync(10_000_000)
  expect(outbox.told).toEqual(['a lost: refused', 'b delivered'])
})

it('tries a few at once, and what waits for another try keeps nobody waiting', async () => {
  const outbox = anOutbox((item, tries) => (item < 'd' && tries === 1 ? 'failed' : 'delivered'))
  for (const item of 'abcdefgh') outbox.put(item)
  await vi.advanceTimersByTimeAsync(0)
  expect(outbox.told.filter((line) => line.endsWith('delivered'))).toEqual(
    [...'defgh'].map((item) => `${item} delivered`),
  )
  expect(outbox.mostAtOnce()).toBe(3)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(outbox.told.slice(-3)).toEqual(['a delivered', 'b delivered', 'c delivered'])
})

it('holds so many and no more, those that wait for another try among them', async () => {
  const outbox = anOutbox(() => 'failed', { capacity: 4 })
  for (const item of 'abcde') outbox.put(item)
  expect(outbox.told).toEqual(['e lost: full'])
  await vi.advanceTimersByTimeAsync(0)
  outbox.put('f')
  expect(outbox.told.at(-1)).toBe('f lost: full')
})

it('at the end tries all once more, gives up what fails then, and takes nothing', async () => {
  const outbox = anOutbox((item, tries) => (item === 'a' || tries === 1 ? 'failed' : 'delivered'))
  outbox.put('a')
  outbox.put('b')
  await vi.advanceTimersByTimeAsync(0)
  await outbox.close(5_000)
  expect(outbox.told.slice(2)).toEqual(['a lost: failed', 'b delivered'])
  outbox.put('c')
  expect(outbox.told.at(-1)).toBe('c lost: closed')
  await vi.advanceTimersByTimeAsync(10_000_000)
  expect(outbox.tries.get('a')).toBe(2)
})

it('at the end waits no longer than it is told, and names what is lost', async () => {
  const outbox = anOutbox(() => 'delivered', {
    atOnce: 1,
    deliver: (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ status: 'failed', cause: 'cut off' }))
      }),
  })
  outbox.put('a')
  outbox.put('b')
  let closed = false
  void outbox.close(5_000).then(() => {
    closed = true
  })
  await vi.advanceTimersByTimeAsync(4_999)
  expect(closed).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect([closed, outbox.told]).toEqual([true, ['a lost: failed', 'b lost: closed']])
})
