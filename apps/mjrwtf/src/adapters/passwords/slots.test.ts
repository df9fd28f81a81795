import { expect, it } from 'vitest'
import { createSlots } from './slots.ts'

it('never runs more than it may, and serves in order', async () => {
  const slots = createSlots({ atOnce: 2, waiting: 10 })
  const served: number[] = []
  let running = 0
  let most = 0
  const work = async (n: number) => {
    running += 1
    most = Math.max(most, running)
    served.push(n)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
  }
  const first = Array.from({ length: 8 }, (_, n) => slots.run(() => work(n)))
  // Comes while places change hands.
  const later = first[0]?.then(() => slots.run(() => work(8)))
  await Promise.all([...first, later])

  expect(most).toBe(2)
  expect(served).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

it('gives a place back after a failure, and refuses when too many wait', async () => {
  const slots = createSlots({ atOnce: 1, waiting: 1 })
  const failing = slots.run(() => Promise.reject(new Error('broken')))
  const next = slots.run(async () => 'done')
  expect(slots.run(async () => 'too late')).toBeNull()

  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('done')
  expect(await slots.run(async () => 'again')).toBe('again')
})
