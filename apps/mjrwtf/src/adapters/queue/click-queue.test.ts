import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Click, unknownSource } from '../../domain/click.ts'
import { otherOrigin } from '../../domain/click-cell.ts'
import { quarterHour } from '../../domain/click-day.ts'
import { createBatchQueue } from './batch-queue.ts'
import { createClickQueue } from './click-queue.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const noon = Date.parse('2030-06-01T12:00:00Z')

function aClick(overrides: Partial<Click> = {}): Click {
  return { id: 'id', linkId: 'link', at: noon, ...unknownSource, count: 1, ...overrides }
}

function open({ capacity = 100_000 } = {}) {
  const written: Click[] = []
  const state = { dropped: 0, isFailing: false, gate: Promise.resolve() }
  const onDropped = (count: number) => {
    state.dropped += count
  }
  const queue = createBatchQueue<Click>({ onFailure: () => {}, onDropped, capacity })
  queue.start(async (clicks) => {
    const copies = clicks.map((click) => ({ ...click }))
    await state.gate
    if (state.isFailing) throw new Error('down')
    written.push(...copies)
  })
  return { clicks: createClickQueue({ queue, onDropped }), written, state }
}

describe('createClickQueue', () => {
  it('writes clicks that are counted together as one row, and again when its count has changed', async () => {
    const { clicks, written } = open()
    for (let n = 0; n < 500; n += 1) clicks.addCounted(aClick({ id: `${n}`, at: noon + n }))
    await vi.advanceTimersByTimeAsync(3_000)
    expect(written).toEqual([aClick({ id: '0', count: 500 })])
    clicks.addCounted(aClick({ id: '500' }))
    await vi.advanceTimersByTimeAsync(3_000)
    expect(written.slice(1)).toEqual([aClick({ id: '0', count: 501 })])
  })

  it('loses no click while the database fails, although the queue is full', async () => {
    const { clicks, written, state } = open({ capacity: 3 })
    state.isFailing = true
    for (let n = 0; n < 20; n += 1) {
      for (let link = 0; link < 5; link += 1) clicks.addCounted(aClick({ linkId: `${link}` }))
      await vi.advanceTimersByTimeAsync(1_000)
    }
    state.isFailing = false
    await clicks.flush()
    await clicks.flush()
    const counts = new Map(written.map(({ linkId, count }) => [linkId, count]))
    expect([counts, state.dropped]).toEqual([
      new Map(['0', '1', '2', '3', '4'].map((id) => [id, 20])),
      0,
    ])
  })

  it('writes clicks that are counted while their row is written, also when closed', async () => {
    const { clicks, written, state } = open()
    const { promise, resolve } = Promise.withResolvers<void>()
    state.gate = promise
    clicks.addCounted(aClick())
    await vi.advanceTimersByTimeAsync(2_000)
    clicks.addCounted(aClick())
    const closing = clicks.close()
    resolve()
    await closing
    expect(written.at(-1)).toEqual(aClick({ count: 2 }))
  })

  it('writes a row for each link, quarter-hour and origin', async () => {
    const { clicks, written } = open()
    const different = [
      aClick(),
      aClick({ linkId: 'other' }),
      aClick({ referrerHost: 'a.example' }),
      aClick({ country: 'NL' }),
      aClick({ agent: 'Firefox' }),
    ]
    const later = different.map((click) => ({ ...click, at: noon + quarterHour }))
    for (const click of [...different, ...different, ...later, ...later]) clicks.addCounted(click)
    await clicks.close()
    expect(written).toEqual([...different, ...later].map((click) => ({ ...click, count: 2 })))
  })

  it('counts clicks with more than 500 origins on one link without their origins', async () => {
    const { clicks, written } = open()
    for (let n = 0; n < 750; n += 1) clicks.addCounted(aClick({ referrerHost: `${n}.example` }))
    await clicks.close()
    expect(written).toHaveLength(501)
    expect(written.at(-1)).toMatchObject({ referrerHost: otherOrigin, count: 250 })
  })

  it('keeps at most 10,000 rows and reports the clicks beyond', async () => {
    const { clicks, written, state } = open()
    for (let n = 0; n < 10_100; n += 1) clicks.addCounted(aClick({ linkId: `${n}` }))
    await clicks.close()
    expect([written.length, state.dropped]).toEqual([10_000, 100])
  })
})
