import { describe, it } from 'vitest'
import type { StartAdapter } from './adapter-contract-app.ts'
import { adapterBodyCases } from './adapter-contract-bodies.ts'
import type { AdapterContractCase } from './adapter-contract-case.ts'
import { adapterCredentialCases } from './adapter-contract-credentials.ts'
import { adapterCsrfCases } from './adapter-contract-csrf.ts'
import { adapterFailureCases } from './adapter-contract-failures.ts'
import { adapterCachedFloodCases, adapterFloodCases } from './adapter-contract-floods.ts'
import { adapterFreshnessCases } from './adapter-contract-freshness.ts'
import { adapterResponseCases } from './adapter-contract-responses.ts'
import { adapterSessionCases } from './adapter-contract-sessions.ts'
import { adapterStepUpCases } from './adapter-contract-step-up.ts'

/** Every scenario, as data: for test runners other than vitest. */
export const adapterContractCases: readonly AdapterContractCase[] = [
  ...adapterSessionCases,
  ...adapterCsrfCases,
  ...adapterBodyCases,
  ...adapterCredentialCases,
  ...adapterFreshnessCases,
  ...adapterStepUpCases,
  ...adapterResponseCases,
  ...adapterFailureCases,
  ...adapterFloodCases,
  ...adapterCachedFloodCases,
]

/**
 * Declares the scenarios as vitest tests under `name`. Each starts a server of its own, which the
 * test builds from the routes it is given; see `AdapterScenarioApp`.
 */
export function describeAdapterContract(name: string, start: StartAdapter): void {
  describe(`${name} keeps the adapter contract`, () => {
    for (const [theme, cases] of Map.groupBy(adapterContractCases, (each) => each.theme)) {
      describe(theme, () => {
        for (const each of cases) it(each.name, () => each.run(start))
      })
    }
  })
}
