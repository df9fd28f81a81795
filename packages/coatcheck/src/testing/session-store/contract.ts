import { describe } from 'vitest'
import { declareCase } from '../contract-case.ts'
import { activityCases } from './activity.ts'
import { activityBatchCases } from './activity-batches.ts'
import { capCases } from './cap.ts'
import { capRaceCases } from './cap-races.ts'
import type { OpenSessionStore, SessionStoreContractCase } from './case.ts'
import { countingCases } from './counting.ts'
import { dataCases } from './data.ts'
import { endingCases } from './ending.ts'
import { finalityCases } from './finality.ts'
import { hostileInputCases } from './hostile-input.ts'
import { insertionCases } from './insertion.ts'
import { listingCases } from './listing.ts'
import { methodCases } from './methods.ts'
import { outdatedCredentialsCases } from './outdated-credentials.ts'
import { pendingCompletionCases } from './pending-completion.ts'
import { pendingEndingCases } from './pending-ending.ts'
import { pendingSignInCases } from './pending-sign-ins.ts'
import { purgingCases } from './purging.ts'
import { readingCases } from './reading.ts'
import { rotationCases } from './rotation.ts'
import { successorCases } from './successors.ts'
import { sweepClaimCases } from './sweep-claims.ts'
import { sweepRaceCases } from './sweep-races.ts'
import { sweepingCases } from './sweeping.ts'
import { transactionCases } from './transactions.ts'
import { userWideEndingCases } from './user-wide-ending.ts'
import { wrongClockCases } from './wrong-clocks.ts'

/** Every guarantee of the `SessionStore` port, as data for test runners other than vitest. */
export const sessionStoreContractCases: readonly SessionStoreContractCase[] = [
  ...insertionCases,
  ...capCases,
  ...capRaceCases,
  ...readingCases,
  ...listingCases,
  ...rotationCases,
  ...methodCases,
  ...dataCases,
  ...activityCases,
  ...activityBatchCases,
  ...endingCases,
  ...finalityCases,
  ...successorCases,
  ...userWideEndingCases,
  ...outdatedCredentialsCases,
  ...wrongClockCases,
  ...sweepingCases,
  ...sweepRaceCases,
  ...sweepClaimCases,
  ...countingCases,
  ...purgingCases,
  ...hostileInputCases,
  ...pendingSignInCases,
  ...pendingEndingCases,
  ...pendingCompletionCases,
  ...transactionCases,
]

/**
 * Declares the contract as vitest tests named after `name`. Each test opens its own store.
 *
 * ```ts
 * describeSessionStoreContract('my store', async () => {
 *   const database = await openEmptyDatabase()
 *   return { store: createMyStore(database), [Symbol.asyncDispose]: () => database.close() }
 * })
 * ```
 */
export function describeSessionStoreContract(name: string, open: OpenSessionStore): void {
  describeCases(`${name} meets the session store contract`, sessionStoreContractCases, open)
}

/**
 * Declares the part of the contract that concerns transactions of the app, for another kind of
 * transaction: `open` returns `begin`.
 */
export function describeSessionTransactionContract(name: string, open: OpenSessionStore): void {
  describeCases(`${name} meets the contract of transactions`, transactionCases, open)
}

function describeCases(
  title: string,
  all: readonly SessionStoreContractCase[],
  open: OpenSessionStore,
): void {
  describe(title, () => {
    for (const [theme, cases] of Map.groupBy(all, (each) => each.theme)) {
      describe(theme, () => {
        for (const each of cases) declareCase(each, open)
      })
    }
  })
}
