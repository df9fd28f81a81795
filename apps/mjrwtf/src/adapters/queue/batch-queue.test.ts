import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Click, unknownSource } from '../../domain/click.ts'
import { createBatchQueue } from './batch-queue.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function click(n: number): Click {
  const noDetails = { ...unknownSource, count: 1 }
  return { id: `click-${n}`, linkId: 'link', at: n, ...noDetails }
}

/** A queue whose writes record ids, and fail or wait on demand. */
function openQueue({ capacity = 100_000 } = {}) {
  const written: string[] = []
  const state = { failing: 0, calls: 0, dropped: 0, failures: 0, gate: Promise.resolve() }
  const queue = createBatchQueue<Click>({
    onFailure: () => {
      state.failures += 1
    },
    onDropped: (count) => {
      state.dropped += count
    },
    capacity,
  })
  queue.start(async (clicks) => {
    state.calls += 1
    await state.gate
    if (state.failing > 0) {
      state.failing -= 1
      throw new Error('down')
    }
    written.push(...clicks.map(({ id }) => id))
  })
  return { queue, written, state }
}

const ids = (count: number) => Array.from({ length: count }, (_, n) => `click-${n}`)

it('writes entries after one second in one batch', async () => {
  const { queue, written, state } = openQueue()
  for (let n = 0; n < 50; n += 1) queue.add(click(n))
  await vi.advanceTimersByTimeAsync(999)
  expect(written).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(written).toEqual(ids(50))
  expect(state.calls).toBe(1)
})

it('keeps and retries entries after a failed write', async () => {
  const { queue, written, state } = openQueue()
  state.failing = 2
  queue.add(click(0))
  await vi.advanceTimersByTimeAsync(1_000)
  queue.add(click(1))
  await vi.advanceTimersByTimeAsync(2_000)
  expect(written).toEqual(ids(2))
  expect(state).toMatchObject({ failures: 2, dropped: 0 })
})

it('loses no entry when closed during a write', async () => {
  const { queue, written, state } = openQueue()
  const { promise, resolve } = Promise.withResolvers<void>()
  state.gate = promise
  for (let n = 0; n < 1_500; n += 1) queue.add(click(n))
  await vi.advanceTimersByTimeAsync(1_000)
  for (let n = 1_500; n < 2_500; n += 1) queue.add(click(n))
  const closing = queue.close()
  resolve()
  await closing
  expect(written).toEqual(ids(2_500))
  expect(state.dropped).toBe(0)
})

it('makes a few attempts on close and reports dropped entries', async () => {
  const { queue, written, state } = openQueue()
  state.failing = 2
  queue.add(click(0))
  await queue.close()
  expect(written).toEqual(ids(1))

  const failing = openQueue()
  failing.state.failing = 100
  failing.queue.add(click(0))
  await failing.queue.close()
  expect(failing.state).toMatchObject({ calls: 3, dropped: 1 })
})

it('drops entries beyond its capacity', async () => {
  const { queue, written, state } = openQueue({ capacity: 3 })
  for (let n = 0; n < 5; n += 1) queue.add(click(n))
  await queue.flush()
  expect(written).toEqual(ids(3))
  expect(state.dropped).toBe(2)
})
