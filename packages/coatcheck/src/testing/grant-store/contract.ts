import { describe } from 'vitest'
import { declareCase } from '../contract-case.ts'
import type { GrantStoreContractCase, OpenGrantStore } from './case.ts'
import { grantEndingCases } from './ending.ts'
import { grantFinalityCases } from './finality.ts'
import { grantHostileInputCases } from './hostile-input.ts'
import { grantInsertionCases } from './insertion.ts'
import { grantLimitCases } from './limit.ts'
import { grantListingCases } from './listing.ts'
import { grantNotificationCases } from './notifications.ts'
import { outdatedAuthorizationCases } from './outdated-authorizations.ts'
import { grantRotationCases } from './rotation.ts'
import { grantSweepingCases } from './sweeping.ts'
import { grantWrongClockCases } from './wrong-clocks.ts'

/** Every guarantee of the `GrantStore` port, as data for test runners other than vitest. */
export const grantStoreContractCases: readonly GrantStoreContractCase[] = [
  ...grantInsertionCases,
  ...grantLimitCases,
  ...grantListingCases,
  ...grantRotationCases,
  ...grantEndingCases,
  ...grantFinalityCases,
  ...outdatedAuthorizationCases,
  ...grantWrongClockCases,
  ...grantSweepingCases,
  ...grantHostileInputCases,
  ...grantNotificationCases,
]

/**
 * Declares the contract as vitest tests named after `name`. Each test opens its own store.
 *
 * ```ts
 * describeGrantStoreContract('my store', async () => {
 *   const database = await openEmptyDatabase()
 *   return { store: createMyStore(database), [Symbol.asyncDispose]: () => database.close() }
 * })
 * ```
 */
export function describeGrantStoreContract(name: string, open: OpenGrantStore): void {
  describe(`${name} meets the grant store contract`, () => {
    for (const [theme, cases] of Map.groupBy(grantStoreContractCases, (each) => each.theme)) {
      describe(theme, () => {
        for (const each of cases) declareCase(each, open)
      })
    }
  })
}
