import { expect, it } from 'vitest'
import type { Pace } from '../ports/pace.ts'
import { createBatchRunner, type DeleteBatch } from './batch-runner.ts'

const withoutPauses: Pace = (step) => step()

/** Records its calls. Has nothing left after `batches` calls. */
function aDeletion(calls: string[], name: string, batches: number): DeleteBatch {
  let remaining = batches
  return async () => {
    calls.push(name)
    remaining -= 1
    return remaining > 0
  }
}

it('run: runs one batch of each deletion in turn until all are finished', async () => {
  const calls: string[] = []
  const runner = createBatchRunner({ pace: withoutPauses })
  await runner.run([aDeletion(calls, 'a', 3), aDeletion(calls, 'b', 1)])
  expect(calls).toEqual(['a', 'b', 'a', 'a'])
})

it('run: pauses after every batch', async () => {
  const calls: string[] = []
  const pace: Pace = async (step) => {
    const result = await step()
    calls.push('pause')
    return result
  }
  await createBatchRunner({ pace }).run([aDeletion(calls, 'a', 2), aDeletion(calls, 'b', 1)])
  expect(calls).toEqual(['a', 'pause', 'b', 'pause', 'a', 'pause'])
})

it('run: takes turns with the deletions of other calls, one at a time', async () => {
  const calls: string[] = []
  let running = 0
  const pace: Pace = async (step) => {
    running += 1
    expect(running).toBe(1)
    const result = await step()
    running -= 1
    return result
  }
  const runner = createBatchRunner({ pace })
  await Promise.all([
    runner.run([aDeletion(calls, 'a', 3)]),
    runner.run([aDeletion(calls, 'b', 2), aDeletion(calls, 'c', 1)]),
  ])
  expect(calls).toEqual(['a', 'b', 'c', 'a', 'b', 'a'])
})

it('run: rejects only the call whose deletion failed', async () => {
  const calls: string[] = []
  const runner = createBatchRunner({ pace: withoutPauses })
  const failing = async () => {
    throw new Error('failed')
  }
  const other = runner.run([aDeletion(calls, 'a', 2)])
  await expect(runner.run([failing])).rejects.toThrow('failed')
  await other
  await runner.run([aDeletion(calls, 'b', 1)])
  expect(calls).toEqual(['a', 'a', 'b'])
})

it('run: finishes the others if one fails, then rejects with the first failure', async () => {
  const calls: string[] = []
  const failing = (message: string) => async () => {
    throw new Error(message)
  }
  const runner = createBatchRunner({ pace: withoutPauses })
  const run = runner.run([failing('first'), aDeletion(calls, 'a', 2), failing('second')])
  await expect(run).rejects.toThrow('first')
  expect(calls).toEqual(['a', 'a'])
})

it('close: waits for the batch in progress and starts no other', async () => {
  const calls: string[] = []
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
  const runner = createBatchRunner({ pace: withoutPauses })
  const slow: DeleteBatch = async () => {
    await finished
    calls.push('slow')
    return true
  }
  const run = runner.run([slow, aDeletion(calls, 'a', 1)])
  const closed = runner.close().then(() => calls.push('closed'))
  finish()
  await closed
  await run
  expect(calls).toEqual(['slow', 'closed'])
  for (const name of ['b', 'c']) await runner.run([aDeletion(calls, name, 1)])
  expect(calls).toEqual(['slow', 'closed'])
})

it('run: does nothing without deletions, and runs those of later calls', async () => {
  const calls: string[] = []
  const runner = createBatchRunner({ pace: withoutPauses })
  await runner.run([])
  await runner.run([aDeletion(calls, 'a', 1)])
  expect(calls).toEqual(['a'])
})
