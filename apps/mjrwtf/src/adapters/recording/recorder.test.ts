import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Click } from '../../domain/click.ts'
import { createRecorder } from './recorder.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function click(n: number): Click {
  const nothing = { referrerHost: null, country: null, agent: null }
  return { id: `click-${n}`, linkId: 'link', at: n, ...nothing }
}

/** A repository that keeps ids, fails on demand and answers only when told, if asked to. */
function open({ capacity = 100_000 } = {}) {
  const kept: string[] = []
  const state = { failing: 0, calls: 0, lost: 0, failures: 0, gate: Promise.resolve() }
  const recorder = createRecorder<Click>({
    write: async (clicks) => {
      state.calls += 1
      await state.gate
      if (state.failing > 0) {
        state.failing -= 1
        throw new Error('down')
      }
      kept.push(...clicks.map(({ id }) => id))
    },
    onFailure: () => {
      state.failures += 1
    },
    onLost: (count) => {
      state.lost += count
    },
    capacity,
  })
  return { recorder, kept, state }
}

const ids = (count: number) => Array.from({ length: count }, (_, n) => `click-${n}`)

it('writes within a second, in one batch', async () => {
  const { recorder, kept, state } = open()
  for (let n = 0; n < 50; n += 1) recorder.record(click(n))
  await vi.advanceTimersByTimeAsync(999)
  expect(kept).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(kept).toEqual(ids(50))
  expect(state.calls).toBe(1)
})

it('keeps clicks that could not be written, and tries again', async () => {
  const { recorder, kept, state } = open()
  state.failing = 2
  recorder.record(click(0))
  await vi.advanceTimersByTimeAsync(1_000)
  recorder.record(click(1))
  await vi.advanceTimersByTimeAsync(2_000)
  expect(kept).toEqual(ids(2))
  expect(state).toMatchObject({ failures: 2, lost: 0 })
})

it('loses none when it closes in the middle of a write', async () => {
  const { recorder, kept, state } = open()
  const { promise, resolve } = Promise.withResolvers<void>()
  state.gate = promise
  for (let n = 0; n < 1_500; n += 1) recorder.record(click(n))
  await vi.advanceTimersByTimeAsync(1_000)
  for (let n = 1_500; n < 2_500; n += 1) recorder.record(click(n))
  const closing = recorder.close()
  resolve()
  await closing
  expect(kept).toEqual(ids(2_500))
  expect(state.lost).toBe(0)
})

it('tries a few times to write the last, and says what it gave up', async () => {
  const { recorder, kept, state } = open()
  state.failing = 2
  recorder.record(click(0))
  await recorder.close()
  expect(kept).toEqual(ids(1))

  const away = open()
  away.state.failing = 100
  away.recorder.record(click(0))
  await away.recorder.close()
  expect(away.state).toMatchObject({ calls: 3, lost: 1 })
})

it('holds no more than its capacity', async () => {
  const { recorder, kept, state } = open({ capacity: 3 })
  for (let n = 0; n < 5; n += 1) recorder.record(click(n))
  await recorder.flush()
  expect(kept).toEqual(ids(3))
  expect(state.lost).toBe(2)
})
