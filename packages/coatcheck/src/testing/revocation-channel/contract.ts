import { describe, it } from 'vitest'
import type { OpenRevocationChannel, RevocationChannelContractCase } from './case.ts'
import { changeNotificationCases } from './change-notifications.ts'
import { channelLifecycleCases } from './lifecycle.ts'

/** Every promise of the `RevocationChannel` port, as data: for test runners other than vitest. */
export const revocationChannelContractCases: readonly RevocationChannelContractCase[] = [
  ...changeNotificationCases,
  ...channelLifecycleCases,
]

/**
 * Declares the whole contract as vitest tests under `name`. Each test opens a channel of its own.
 */
export function describeRevocationChannelContract(name: string, open: OpenRevocationChannel): void {
  describe(`${name} keeps the revocation channel contract`, () => {
    for (const each of revocationChannelContractCases) it(each.name, () => each.run(open))
  })
}
