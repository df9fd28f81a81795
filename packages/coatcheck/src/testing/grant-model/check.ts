import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { GrantStoreViews, OpenGrantStore } from '../grant-store/case.ts'
import type { ModelCheckOptions } from '../model/check.ts'
import { createExplain } from '../model/explain.ts'
import { concurrentGrantBatch, grantHistory, initialGrants } from './arbitraries.ts'
import type { GrantOperation } from './operation.ts'
import { type GrantAnswer, performGrant, readAllGrants } from './perform.ts'
import {
  emptyGrantReference,
  type GrantReference,
  grantPossibilities,
  possibleGrantSweeps,
} from './reference.ts'

/**
 * Compares a grant store with a simple model of the port, as `checkSessionStoreAgainstModel` does a session store: first
 * operations one after another, then batches of concurrent operations through both views, which must be linearizable.
 * Rejects with the shortest history that contradicts the model, and the seed and path to replay it.
 */
export async function checkGrantStoreAgainstModel(
  open: OpenGrantStore,
  options: ModelCheckOptions = {},
): Promise<void> {
  const { runs = 300, seed = 20_261_130 } = options
  const parameters = { numRuns: runs, seed }
  await fc.assert(fc.asyncProperty(grantHistory, checkHistory.bind(null, open)), parameters)
  const batches = fc.array(concurrentGrantBatch, { minLength: 1, maxLength: 4, size: 'max' })
  await fc.assert(
    fc.asyncProperty(initialGrants, batches, checkConcurrentBatches.bind(null, open)),
    parameters,
  )
}

async function checkHistory(
  open: OpenGrantStore,
  operations: readonly GrantOperation[],
): Promise<void> {
  await using opened = await open()
  const { store, second = store } = opened
  await replay({ store, second }, operations)
}

/** Runs operations one after another, alternating between the views, and compares each result. */
async function replay(
  { store, second }: GrantStoreViews,
  operations: readonly GrantOperation[],
): Promise<GrantReference> {
  let reference = emptyGrantReference
  for (const [index, operation] of operations.entries()) {
    const answer = await performGrant(index % 2 ? second : store, operation)
    // Where the port leaves a choice, the records show it.
    const stored = await readAllGrants(store)
    const possible = grantPossibilities(reference, operation)
    const chosen = possible.find(
      (each) =>
        isDeepStrictEqual(each.answer, answer) && isDeepStrictEqual(each.next.records, stored),
    )
    if (chosen === undefined) {
      expect({ answer, stored }, operation.type).toEqual({
        answer: possible[0]?.answer,
        stored: possible[0]?.next.records,
      })
      throw new Error('No possibility has both the answer and the records')
    }
    reference = chosen.next
  }
  return reference
}

async function checkConcurrentBatches(
  open: OpenGrantStore,
  before: readonly GrantOperation[],
  batches: readonly (readonly GrantOperation[])[],
): Promise<void> {
  await using opened = await open()
  const { store, second = store } = opened
  let reference = await replay({ store, second }, before)
  for (const operations of batches) {
    const observations: readonly Observation[] = await Promise.all(
      operations.map(async (operation, index) => ({
        operation,
        answer: await performGrant(index % 2 ? second : store, operation),
      })),
    )
    const remaining = await readAllGrants(store)
    const explained = explain(reference, observations, remaining)
    if (explained === null) {
      const details = fc.stringify({ before: reference.records, observations, remaining })
      throw new Error(`No order of these operations explains their results: ${details}`)
    }
    reference = explained
  }
}

/** An operation that ran concurrently with others, and its result. */
interface Observation {
  readonly operation: GrantOperation
  readonly answer: GrantAnswer
}

const explain = createExplain((reference: GrantReference, { operation, answer }: Observation) => {
  const possible =
    operation.type === 'endExpired'
      ? possibleGrantSweeps(reference, operation)
      : grantPossibilities(reference, operation)
  return possible.filter((each) => isDeepStrictEqual(each.answer, answer)).map(({ next }) => next)
})
