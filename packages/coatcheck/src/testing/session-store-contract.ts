import { describe, it } from 'vitest'
import { activityCases } from './cases/activity.ts'
import { activityBatchCases } from './cases/activity-batches.ts'
import { capCases } from './cases/cap.ts'
import { capRaceCases } from './cases/cap-races.ts'
import { dataCases } from './cases/data.ts'
import { endingCases } from './cases/ending.ts'
import { finalityCases } from './cases/finality.ts'
import { hostileInputCases } from './cases/hostile-input.ts'
import { insertionCases } from './cases/insertion.ts'
import { listingCases } from './cases/listing.ts'
import { outdatedCredentialsCases } from './cases/outdated-credentials.ts'
import { purgingCases } from './cases/purging.ts'
import { readingCases } from './cases/reading.ts'
import { rotationCases } from './cases/rotation.ts'
import { sweepClaimCases } from './cases/sweep-claims.ts'
import { sweepRaceCases } from './cases/sweep-races.ts'
import { sweepingCases } from './cases/sweeping.ts'
import { userWideEndingCases } from './cases/user-wide-ending.ts'
import type { OpenSessionStore, SessionStoreContractCase } from './contract-case.ts'

/** Every promise of the `SessionStore` port, as data: for test runners other than vitest. */
export const sessionStoreContractCases: readonly SessionStoreContractCase[] = [
  ...insertionCases,
  ...capCases,
  ...capRaceCases,
  ...readingCases,
  ...listingCases,
  ...rotationCases,
  ...dataCases,
  ...activityCases,
  ...activityBatchCases,
  ...endingCases,
  ...finalityCases,
  ...userWideEndingCases,
  ...outdatedCredentialsCases,
  ...sweepingCases,
  ...sweepRaceCases,
  ...sweepClaimCases,
  ...purgingCases,
  ...hostileInputCases,
]

/**
 * Declares the whole contract as vitest tests under `name`. Each test opens a store of its own.
 *
 * ```ts
 * describeSessionStoreContract('my store', async () => {
 *   const database = await openEmptyDatabase()
 *   return { store: createMyStore(database), [Symbol.asyncDispose]: () => database.close() }
 * })
 * ```
 */
export function describeSessionStoreContract(name: string, open: OpenSessionStore): void {
  describe(`${name} keeps the session store contract`, () => {
    for (const [theme, cases] of Map.groupBy(sessionStoreContractCases, (each) => each.theme)) {
      describe(theme, () => {
        for (const each of cases) it(each.name, () => each.run(open))
      })
    }
  })
}
