import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Click } from '../../domain/click.ts'
import { otherOrigin, quarterHour } from '../../domain/click-day.ts'
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
  const origins = { referrerHost: null, country: null, agent: null }
  return { id: 'id', linkId: 'link', at: noon, ...origins, count: 1, ...overrides }
}

function open() {
  const written: Click[] = []
  const state = { dropped: 0 }
  const onDropped = (count: number) => {
    state.dropped += count
  }
  const queue = createBatchQueue<Click>({ onFailure: () => {}, onDropped, capacity: 100_000 })
  queue.start(async (clicks) => void written.push(...clicks))
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

  it('counts clicks with more than 50 origins on one link without their origins', async () => {
    const { clicks, written } = open()
    for (let n = 0; n < 300; n += 1) clicks.addCounted(aClick({ referrerHost: `${n}.example` }))
    await clicks.close()
    expect(written).toHaveLength(51)
    expect(written.at(-1)).toMatchObject({ referrerHost: otherOrigin, count: 250 })
  })

  it('keeps at most 10,000 rows and reports the clicks beyond', async () => {
    const { clicks, written, state } = open()
    for (let n = 0; n < 10_100; n += 1) clicks.addCounted(aClick({ linkId: `${n}` }))
    await clicks.close()
    expect([written.length, state.dropped]).toEqual([10_000, 100])
  })
})
