import { expect, it } from 'vitest'
import { createSemaphore } from './semaphore.ts'

it('limits concurrency and runs work in order', async () => {
  const semaphore = createSemaphore({ concurrency: 2, maxQueued: 10 })
  const served: number[] = []
  let running = 0
  let max = 0
  const work = async (n: number) => {
    running += 1
    max = Math.max(max, running)
    served.push(n)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
  }
  const first = Array.from({ length: 8 }, (_, n) => semaphore.run(() => work(n)))
  // Arrives while slots are passed on.
  const later = first[0]?.then(() => semaphore.run(() => work(8)))
  await Promise.all([...first, later])

  expect(max).toBe(2)
  expect(served).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

it('frees its slot after a failure and returns null when the queue is full', async () => {
  const semaphore = createSemaphore({ concurrency: 1, maxQueued: 1 })
  const failing = semaphore.run(() => Promise.reject(new Error('broken')))
  const next = semaphore.run(async () => 'done')
  expect(semaphore.run(async () => 'too late')).toBeNull()

  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('done')
  expect(await semaphore.run(async () => 'again')).toBe('again')
})
