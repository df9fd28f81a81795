import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { OpenSessionStore, StoreViews } from '../session-store/case.ts'
import { concurrentBatch, history, initialState } from './arbitraries.ts'
import { createExplain } from './explain.ts'
import type { Operation } from './operation.ts'
import { type Answer, perform, readAll } from './perform.ts'
import { possibilities, possibleSweeps } from './possibilities.ts'
import { emptyReference, type Reference } from './reference.ts'

/** The number of generated histories and their seed. */
export interface ModelCheckOptions {
  /** Number of histories of each kind, sequential and concurrent. Each opens a store. Default 300. */
  readonly runs?: number
  /** Seed of the generator. The same seed generates the same histories. Default 20260115. */
  readonly seed?: number
}

/**
 * Generates histories of operations and compares a store with a simple model of the port. First it runs
 * operations one after another, then batches of concurrent operations through both views, which must
 * be linearizable: some order of the batch must explain every result and the stored records. Rejects
 * with the shortest history that contradicts the model, and the seed and path to replay it.
 */
export async function checkSessionStoreAgainstModel(
  open: OpenSessionStore,
  options: ModelCheckOptions = {},
): Promise<void> {
  const { runs = 300, seed = 20_260_115 } = options
  const parameters = { numRuns: runs, seed }
  await fc.assert(fc.asyncProperty(history, checkHistory.bind(null, open)), parameters)
  const batches = fc.array(concurrentBatch, { minLength: 1, maxLength: 4, size: 'max' })
  await fc.assert(
    fc.asyncProperty(initialState, batches, checkConcurrentBatches.bind(null, open)),
    parameters,
  )
}

async function checkHistory(
  open: OpenSessionStore,
  operations: readonly Operation[],
): Promise<void> {
  await using opened = await open()
  const { store, second = store } = opened
  await replay({ store, second }, operations)
}

/** Runs operations one after another, alternating between the views, and compares each result. */
async function replay(
  { store, second }: StoreViews,
  operations: readonly Operation[],
): Promise<Reference> {
  let reference = emptyReference
  for (const [index, operation] of operations.entries()) {
    const answer = await perform(index % 2 ? second : store, operation)
    const possible = possibilities(reference, operation)
    const chosen = possible.find((each) => isDeepStrictEqual(each.answer, answer)) ?? possible[0]
    expect(answer, operation.type).toEqual(chosen?.answer)
    reference = chosen?.next ?? reference
  }
  expect(await readAll(store)).toEqual(reference.records)
  return reference
}

async function checkConcurrentBatches(
  open: OpenSessionStore,
  before: readonly Operation[],
  batches: readonly (readonly Operation[])[],
): Promise<void> {
  await using opened = await open()
  const { store, second = store } = opened
  let reference = await replay({ store, second }, before)
  for (const operations of batches) {
    const observations: readonly Observation[] = await Promise.all(
      operations.map(async (operation, index) => ({
        operation,
        answer: await perform(index % 2 ? second : store, operation),
      })),
    )
    const remaining = await readAll(store)
    const explained = explain(reference, observations, remaining)
    if (explained === null) throw unexplainedError(reference, observations, remaining)
    reference = explained
  }
}

/** An operation that ran concurrently with others, and its result. */
interface Observation {
  readonly operation: Operation
  readonly answer: Answer
}

const explain = createExplain((reference: Reference, { operation, answer }: Observation) => {
  const possible =
    operation.type === 'endExpired'
      ? possibleSweeps(reference, operation)
      : possibilities(reference, operation)
  return possible.filter((each) => isDeepStrictEqual(each.answer, answer)).map(({ next }) => next)
})

function unexplainedError(
  { records }: Reference,
  observations: readonly Observation[],
  remaining: readonly unknown[],
): Error {
  const description = fc.stringify({ before: records, observations, remaining })
  return new Error(`No order of these operations explains their results: ${description}`)
}
