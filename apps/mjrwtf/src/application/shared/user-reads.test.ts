import { expect, it } from 'vitest'
import type { Pace } from '../ports/pace.ts'
import { createUserReads } from './user-reads.ts'

/** Yields once after each turn. */
const pace: Pace = async (step) => {
  const result = await step()
  await new Promise(setImmediate)
  return result
}

/** Reads that end when the test says so. */
function createWork() {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string) => () => {
    started.push(name)
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)))
  }
  return { started, work, end: (name: string) => ends.get(name)?.() }
}

it('runs the reads of one user in turn, and those of other users meanwhile', async () => {
  const reads = createUserReads({ concurrency: 1, maxQueued: 2, pace })
  const { started, work, end } = createWork()
  const first = reads.run('ann', work('first'))
  const second = reads.run('ann', work('second'))
  const other = reads.run('bob', work('other'))
  await Promise.resolve()
  expect(started).toEqual(['first', 'other'])
  end('first')
  expect(await first).toBe('first')
  await expect.poll(() => started).toEqual(['first', 'other', 'second'])
  end('other')
  end('second')
  expect(await Promise.all([second, other])).toEqual(['second', 'other'])
})

it('rejects reads of a user beyond the queue, until earlier ones have ended', async () => {
  const reads = createUserReads({ concurrency: 1, maxQueued: 1, pace })
  const { work, end } = createWork()
  const first = reads.run('ann', work('first'))
  const second = reads.run('ann', work('second'))
  expect(reads.run('ann', work('third'))).toBeNull()
  expect(reads.run('bob', work('other'))).not.toBeNull()
  await Promise.resolve()
  end('first')
  expect(await first).toBe('first')
  await expect.poll(() => reads.run('ann', work('fourth')) !== null).toBe(true)
  end('second')
  expect(await second).toBe('second')
})

it('runs the next read of the user after a failure', async () => {
  const reads = createUserReads({ concurrency: 1, maxQueued: 1, pace })
  const failing = reads.run('ann', () => Promise.reject(new Error('broken')))
  const next = reads.run('ann', async () => 'done')
  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('done')
})

it('returns the result before the pause, and starts the next read after it', async () => {
  const { promise: pause, resolve: endPause } = Promise.withResolvers<void>()
  const reads = createUserReads({
    concurrency: 1,
    maxQueued: 1,
    pace: async (step) => {
      const result = await step()
      await pause
      return result
    },
  })
  const { started, work, end } = createWork()
  const first = reads.run('ann', work('first'))
  const second = reads.run('ann', work('second'))
  await Promise.resolve()
  end('first')
  expect(await first).toBe('first')
  await new Promise(setImmediate)
  expect(started).toEqual(['first'])
  endPause()
  await expect.poll(() => started).toEqual(['first', 'second'])
  end('second')
  expect(await second).toBe('second')
})
