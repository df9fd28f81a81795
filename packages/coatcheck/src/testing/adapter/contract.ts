import { describe, it } from 'vitest'
import type { StartAdapter } from './app.ts'
import {
  adapterAssuranceCases,
  adapterAssurancePresetCases,
  adapterCachedAssuranceCases,
} from './assurance.ts'
import { adapterBodyCases, adapterFormSizeCases } from './bodies.ts'
import type { AdapterContractCase } from './case.ts'
import { adapterCredentialCases } from './credentials.ts'
import { adapterCsrfCases } from './csrf.ts'
import { adapterCloseCases, adapterFailureCases } from './failures.ts'
import { adapterLateResponseCases } from './late-responses.ts'
import {
  adapterOriginModeCases,
  adapterTrustedOriginCases,
  adapterTrustedOriginModeCases,
} from './origins.ts'
import { adapterPendingSignInCases } from './pending-sign-ins.ts'
import { adapterResponseCases } from './responses.ts'
import { adapterSessionCases } from './sessions.ts'
import { adapterStepUpCases } from './step-up.ts'
import { adapterUncachedCases } from './uncached-verification.ts'
import { adapterCachedThrottlingCases, adapterThrottlingCases } from './unknown-tokens.ts'

/** Every scenario, as data for test runners other than vitest. */
export const adapterContractCases: readonly AdapterContractCase[] = [
  ...adapterSessionCases,
  ...adapterCsrfCases,
  ...adapterOriginModeCases,
  ...adapterTrustedOriginCases,
  ...adapterTrustedOriginModeCases,
  ...adapterBodyCases,
  ...adapterFormSizeCases,
  ...adapterCredentialCases,
  ...adapterUncachedCases,
  ...adapterLateResponseCases,
  ...adapterStepUpCases,
  ...adapterPendingSignInCases,
  ...adapterAssuranceCases,
  ...adapterCachedAssuranceCases,
  ...adapterAssurancePresetCases,
  ...adapterResponseCases,
  ...adapterFailureCases,
  ...adapterCloseCases,
  ...adapterThrottlingCases,
  ...adapterCachedThrottlingCases,
]

/**
 * Declares the scenarios as vitest tests named after `name`. Each test starts its own server through
 * `start`, which builds it from the given routes; see `AdapterScenarioApp`.
 */
export function describeAdapterContract(name: string, start: StartAdapter): void {
  describe(`${name} meets the adapter contract`, () => {
    for (const [theme, cases] of Map.groupBy(adapterContractCases, (each) => each.theme)) {
      describe(theme, () => {
        for (const each of cases) it(each.name, () => each.run(start))
      })
    }
  })
}
