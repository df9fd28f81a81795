import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createHashQueue, type HashQueueOptions } from './hash-queue.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** Lets work start. */
const nextRound = () => new Promise((resolve) => setImmediate(resolve))

/** A queue whose work ends only when the test ends it, one after the other. */
function open(options: Partial<HashQueueOptions> = {}) {
  const hashes = createHashQueue({ concurrency: 1, maxQueued: 9, maxWait: 5_000, ...options })
  const started: string[] = []
  const ends: (() => void)[] = []
  return {
    started,
    /** `name` is the client and a number. */
    run: (name: string) =>
      hashes.run(name.split('/')[0] ?? '', async () => {
        started.push(name)
        await new Promise<void>((resolve) => ends.push(resolve))
        return name
      }),
    async endNext() {
      ends.shift()?.()
      await nextRound()
    },
  }
}

it('limits concurrency and serves clients in turn', async () => {
  const { run, started, endNext } = open({ concurrency: 2 })
  const runs = ['a/1', 'a/2', 'a/3', 'a/4', 'b/1', 'c/1'].map(run)
  await nextRound()
  expect(started).toEqual(['a/1', 'a/2'])
  await endNext()
  // Arrives while slots are passed on.
  runs.push(run('d/1'))
  for (let n = 0; n < 6; n += 1) await endNext()
  expect(started).toEqual(['a/1', 'a/2', 'a/3', 'b/1', 'c/1', 'a/4', 'd/1'])
  expect(await Promise.all(runs)).toHaveLength(7)
})

it('resolves to null at once when the queue is full, for the client with most', async () => {
  const { run, started, endNext } = open({ maxQueued: 2 })
  const runs = ['a/1', 'a/2', 'a/3', 'a/4', 'b/1'].map(run)
  expect([await runs[3], await runs[2]]).toEqual([null, null])
  for (let n = 0; n < 3; n += 1) await endNext()
  expect(await Promise.all(runs)).toEqual(['a/1', 'a/2', null, null, 'b/1'])
  expect(started).toEqual(['a/1', 'a/2', 'b/1'])
})

it('resolves to null after the maximum wait, without running', async () => {
  const { run, started, endNext } = open({ maxWait: 1_000 })
  const runs = ['a/1', 'a/2', 'b/1'].map(run)
  await nextRound()
  vi.advanceTimersByTime(999)
  await endNext()
  vi.advanceTimersByTime(1)
  expect(await runs[2]).toBeNull()
  await endNext()
  expect(await Promise.all(runs)).toEqual(['a/1', 'a/2', null])
  expect(started).toEqual(['a/1', 'a/2'])
  // The slot is free.
  const next = run('a/3')
  await nextRound()
  await endNext()
  expect(await next).toBe('a/3')
})

it('frees its slot after a failure', async () => {
  const hashes = createHashQueue({ concurrency: 1, maxQueued: 1, maxWait: 5_000 })
  const failing = hashes.run('a', () => Promise.reject(new Error('broken')))
  const next = hashes.run('a', async () => 'done')
  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('done')
})
