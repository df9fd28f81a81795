import { expect, it } from 'vitest'
import type { Pace } from '../ports/pace.ts'
import { createTurns } from './turns.ts'

/** Yields once after each turn. */
const pace: Pace = async (step) => {
  const result = await step()
  await new Promise(setImmediate)
  return result
}

/** Work that ends when the test says so. */
function createWork() {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const work = (name: string) => () => {
    started.push(name)
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)))
  }
  return { started, work, end: (name: string) => ends.get(name)?.() }
}

it('runs the work of one key in turn, and that of other keys meanwhile', async () => {
  const turns = createTurns({ concurrency: 1, maxQueued: 2, pace })
  const { started, work, end } = createWork()
  const first = turns.run('ann', work('first'))
  const second = turns.run('ann', work('second'))
  const other = turns.run('bob', work('other'))
  await Promise.resolve()
  expect(started).toEqual(['first', 'other'])
  end('first')
  expect(await first).toBe('first')
  await expect.poll(() => started).toEqual(['first', 'other', 'second'])
  end('other')
  end('second')
  expect(await Promise.all([second, other])).toEqual(['second', 'other'])
})

it('rejects work of a key beyond its queue, until earlier work has ended', async () => {
  const turns = createTurns({ concurrency: 1, maxQueued: 1, pace })
  const { work, end } = createWork()
  const first = turns.run('ann', work('first'))
  const second = turns.run('ann', work('second'))
  expect(turns.run('ann', work('third'))).toBeNull()
  expect(turns.run('bob', work('other'))).not.toBeNull()
  await Promise.resolve()
  end('first')
  expect(await first).toBe('first')
  await expect.poll(() => turns.run('ann', work('fourth')) !== null).toBe(true)
  end('second')
  expect(await second).toBe('second')
})

it('gives the turn to the next work after a failure', async () => {
  const turns = createTurns({ concurrency: 1, maxQueued: 1, pace })
  const failing = turns.run('ann', () => Promise.reject(new Error('broken')))
  const next = turns.run('ann', async () => 'done')
  await expect(failing).rejects.toThrow('broken')
  expect(await next).toBe('done')
})

it('returns the result before the pause, and starts the next work after it', async () => {
  const { promise: pause, resolve: endPause } = Promise.withResolvers<void>()
  const turns = createTurns({
    ...{ concurrency: 1, maxQueued: 1 },
    pace: async (step) => {
      const result = await step()
      await pause
      return result
    },
  })
  const { started, work, end } = createWork()
  const first = turns.run('ann', work('first'))
  const second = turns.run('ann', work('second'))
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
