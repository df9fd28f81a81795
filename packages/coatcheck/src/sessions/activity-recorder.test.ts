import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SessionId } from '../domain/session.ts'
import { minute } from '../domain/time.ts'
import type { Activity } from '../ports/session-store.ts'
import { anInstant, aSessionRecord, toSessionId } from '../testing/builders.ts'
import { createActivityRecorder } from './activity-recorder.ts'

function openRecorder(precision = 1_000) {
  const batches: (readonly Activity[])[] = []
  const dropped: number[] = []
  let failures = 0
  let notMoved: readonly SessionId[] = []
  const recorder = createActivityRecorder({
    precision,
    onDropped: (count) => dropped.push(count),
    store: {
      async touch(batch) {
        if (failures > 0) {
          failures -= 1
          throw new Error('store failed')
        }
        batches.push(batch)
        return notMoved
      },
    },
  })
  const fail = (times: number) => {
    failures = times
  }
  const reject = (...ids: readonly SessionId[]) => {
    notMoved = ids
  }
  return { recorder, batches, dropped, fail, reject }
}

describe('activity recorder', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('writes at most one batch per second under load', async () => {
    const { recorder, batches } = openRecorder(0)
    const records = Array.from({ length: 100 }, () => aSessionRecord())
    for (let tick = 1; tick <= 100; tick += 1) {
      for (const record of records) recorder.record(record, anInstant + tick * 100)
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(batches.length).toBeLessThanOrEqual(10)
    expect(batches.length).toBeGreaterThan(0)
    expect(batches.every((batch) => batch.length === 100)).toBe(true)
  })

  it('writes a session in constant use every ten seconds and after its last use', async () => {
    const { recorder, batches } = openRecorder()
    const record = aSessionRecord()
    let stored = record
    for (let seconds = 1; seconds <= 45; seconds += 1) {
      recorder.record(stored, anInstant + seconds * 1_000)
      await vi.advanceTimersByTimeAsync(1_000)
      const lastActivityAt = batches.at(-1)?.[0]?.at ?? record.lastActivityAt
      expect(anInstant + seconds * 1_000 - lastActivityAt).toBeLessThanOrEqual(10_000)
      stored = { ...record, lastActivityAt }
    }
    expect(batches.length).toBeLessThanOrEqual(5)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(batches.at(-1)).toEqual([{ id: record.id, at: anInstant + 45_000 }])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('writes a single use with the second flush, or with the first after a long idle time', async () => {
    const { recorder, batches } = openRecorder()
    const [recent, stale] = [aSessionRecord(), aSessionRecord()]
    recorder.record(recent, anInstant + 2_000)
    recorder.record(stale, anInstant + minute)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(batches).toEqual([[{ id: stale.id, at: anInstant + minute }]])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(batches.at(-1)).toEqual([{ id: recent.id, at: anInstant + 2_000 }])
  })

  it('delays a write by at most a quarter of the idle timeout', async () => {
    const { recorder, batches } = openRecorder(0)
    const record = aSessionRecord({ idleTimeout: 8_000 })
    recorder.record(record, anInstant + 2_000)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(batches).toHaveLength(1)
  })

  it('writes the latest of several instants once', async () => {
    const { recorder, batches } = openRecorder()
    const record = aSessionRecord()
    for (const after of [2_000, 9_000, 3_000]) recorder.record(record, anInstant + after)
    await recorder.flush()
    expect(batches).toEqual([[{ id: record.id, at: anInstant + 9_000 }]])
  })

  it('does not write activity within the precision of the stored activity', async () => {
    const { recorder, batches } = openRecorder()
    const record = aSessionRecord()
    recorder.record(record, anInstant + 999)
    await recorder.flush()
    expect(batches).toEqual([])
    recorder.record(record, anInstant + 1_000)
    await recorder.flush()
    expect(batches).toHaveLength(1)
  })

  it('starts no timer and writes nothing before the first activity', async () => {
    const { recorder, batches } = openRecorder()
    expect(vi.getTimerCount()).toBe(0)
    await recorder.flush()
    expect(batches).toEqual([])
  })

  it('keeps activity while the store fails and retries every second', async () => {
    const { recorder, batches, fail } = openRecorder()
    const record = aSessionRecord()
    fail(2)
    recorder.record(record, anInstant + 5 * minute)
    await vi.advanceTimersByTimeAsync(1_000)
    recorder.record(record, anInstant + 7 * minute)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(batches).toEqual([[{ id: record.id, at: anInstant + 7 * minute }]])
  })

  it('keeps the earlier activity if the store would reject the later one', async () => {
    const { recorder, batches, fail } = openRecorder()
    const record = aSessionRecord()
    fail(3)
    recorder.record(record, anInstant + 25 * minute)
    await vi.advanceTimersByTimeAsync(1_000)
    // Past the idle timeout of the stored record: the store would reject it as expired.
    recorder.record(record, anInstant + 31 * minute)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(batches).toEqual([[{ id: record.id, at: anInstant + 25 * minute }]])
  })

  it('keeps the earlier activity if the later one arrives during a write that fails', async () => {
    const { recorder, batches, fail } = openRecorder()
    const record = aSessionRecord()
    fail(1)
    recorder.record(record, anInstant + 25 * minute)
    const failing = recorder.flush()
    await Promise.resolve()
    recorder.record(record, anInstant + 31 * minute)
    await expect(failing).rejects.toThrow('store failed')
    await recorder.flush()
    expect(batches).toEqual([[{ id: record.id, at: anInstant + 25 * minute }]])
  })

  it('returns the last written batch for a record read before the write, but no older batch', async () => {
    const { recorder } = openRecorder()
    const record = aSessionRecord()
    recorder.record(record, anInstant + 25 * minute)
    await recorder.flush()
    expect(recorder.latest(record)).toBe(anInstant + 25 * minute)
    recorder.record(aSessionRecord(), anInstant + 26 * minute)
    await recorder.flush()
    expect(recorder.latest(record)).toBe(anInstant)
  })

  it('holds at most 200 000 sessions, including those being written', async () => {
    const { recorder, dropped, fail } = openRecorder()
    const record = aSessionRecord()
    const recordMany = (from: number) => {
      for (let index = from; index < from + 150_000; index += 1) {
        recorder.record({ ...record, id: toSessionId(`session-${index}`) }, anInstant + minute)
      }
    }
    fail(1)
    recordMany(0)
    const failing = recorder.flush()
    await Promise.resolve()
    recordMany(150_000)
    await expect(failing).rejects.toThrow('store failed')
    expect(dropped).toHaveLength(100_000)
  })

  it('discards activity that the store has rejected', async () => {
    const { recorder, reject } = openRecorder()
    const [accepted, rejected] = [aSessionRecord(), aSessionRecord()]
    for (const record of [accepted, rejected]) recorder.record(record, anInstant + minute)
    reject(rejected.id)
    await recorder.flush()
    expect(recorder.latest(accepted)).toBe(anInstant + minute)
    expect(recorder.latest(rejected)).toBe(rejected.lastActivityAt)
  })

  it('writes one batch at a time', async () => {
    const started: number[] = []
    let finish: () => void = () => {}
    const recorder = createActivityRecorder({
      precision: 0,
      onDropped: () => {},
      store: {
        touch(batch) {
          started.push(batch.length)
          return new Promise((resolve) => {
            finish = () => resolve([])
          })
        },
      },
    })
    void recorder.record(aSessionRecord(), anInstant + minute)
    const first = recorder.flush()
    await Promise.resolve()
    void recorder.record(aSessionRecord(), anInstant + minute)
    const second = recorder.flush()
    await Promise.resolve()
    expect(started).toEqual([1])
    finish()
    await first
    await vi.waitFor(() => expect(started).toEqual([1, 1]))
    finish()
    await second
  })

  it('does not keep the process running with its timer', () => {
    vi.useRealTimers()
    const { recorder } = openRecorder()
    const before = process.getActiveResourcesInfo()
    recorder.record(aSessionRecord(), anInstant + minute)
    expect(process.getActiveResourcesInfo()).toEqual(before)
  })

  it('drops and reports activity recorded after close', async () => {
    const { recorder, batches, dropped } = openRecorder()
    await recorder.close()
    recorder.record(aSessionRecord(), anInstant + minute)
    await vi.advanceTimersByTimeAsync(5_000)
    expect({ batches, dropped }).toEqual({ batches: [], dropped: [1] })
  })

  it('returns activity that is being written', async () => {
    const { recorder } = openRecorder()
    const record = aSessionRecord()
    recorder.record(record, anInstant + 5_000)
    const flushed = recorder.flush()
    await Promise.resolve()
    expect(recorder.latest(record)).toBe(anInstant + 5_000)
    await flushed
  })

  it('writes pending activity on close', async () => {
    const { recorder, batches } = openRecorder()
    recorder.record(aSessionRecord(), anInstant + 5_000)
    await recorder.close()
    expect(batches).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('reports the number of dropped activities if the store fails on close', async () => {
    const { recorder, dropped, fail } = openRecorder()
    fail(1)
    recorder.record(aSessionRecord(), anInstant + 5_000)
    recorder.record(aSessionRecord(), anInstant + 5_000)
    await expect(recorder.close()).rejects.toThrow('store failed')
    expect(dropped).toEqual([2])
  })
})
