import { describe, it } from 'vitest'
import type { RevocationChannel } from '../ports/revocation-channel.ts'
import { channelLifeCases } from './cases/channel-life.ts'
import { toldChangeCases } from './cases/told-changes.ts'
import type { OpenedSessionStore } from './contract-case.ts'

/** A channel to try out, with the store whose changes it tells of. */
export interface OpenedRevocationChannel extends OpenedSessionStore {
  readonly channel: RevocationChannel
  /** Removes a user as the app does, and with the user all of the user's sessions. Default: that cannot happen. */
  readonly removeUser?: (userId: string) => Promise<void>
}

/** Opens a channel over data that nothing else uses. */
export type OpenRevocationChannel = () => Promise<OpenedRevocationChannel>

/** One promise of the `RevocationChannel` port. */
export interface RevocationChannelContractCase {
  readonly name: string
  /** Rejects when the promise is broken. */
  run(opened: OpenedRevocationChannel): Promise<void>
}

/** Every promise of the `RevocationChannel` port, as data: for test runners other than vitest. */
export const revocationChannelContractCases: readonly RevocationChannelContractCase[] = [
  ...toldChangeCases,
  ...channelLifeCases,
]

/** Declares the whole contract as vitest tests under `name`. Each test opens a channel of its own. */
export function describeRevocationChannelContract(name: string, open: OpenRevocationChannel): void {
  describe(`${name} keeps the revocation channel contract`, () => {
    for (const each of revocationChannelContractCases) {
      it(each.name, async () => {
        await using opened = await open()
        await each.run(opened)
      })
    }
  })
}
