import { describe, it } from 'vitest'
import { readingCases } from './cases/reading.ts'
import type { OpenSessionStore, SessionStoreContractCase } from './contract-case.ts'

/** Every promise of the `SessionStore` port, as data: for test runners other than vitest. */
export const sessionStoreContractCases: readonly SessionStoreContractCase[] = [...readingCases]

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
