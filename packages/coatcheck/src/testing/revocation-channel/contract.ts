import { describe } from 'vitest'
import { declareCase } from '../contract-case.ts'
import type { OpenRevocationChannel, RevocationChannelContractCase } from './case.ts'
import { changeNotificationCases } from './change-notifications.ts'
import { channelLifecycleCases } from './lifecycle.ts'

/** Every guarantee of the `RevocationChannel` port, as data for test runners other than vitest. */
export const revocationChannelContractCases: readonly RevocationChannelContractCase[] = [
  ...changeNotificationCases,
  ...channelLifecycleCases,
]

/** Declares the contract as vitest tests named after `name`. Each test opens its own channel. */
export function describeRevocationChannelContract(name: string, open: OpenRevocationChannel): void {
  describe(`${name} meets the revocation channel contract`, () => {
    for (const each of revocationChannelContractCases) declareCase(each, open)
  })
}
