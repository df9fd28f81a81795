import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { ContractCase } from '../contract-case.ts'
import type { OpenedSessionStore } from '../session-store/case.ts'

/** A channel to test, and the store whose changes it notifies of. */
export interface OpenedRevocationChannel extends OpenedSessionStore {
  readonly channel: RevocationChannel
  /**
   * Deletes a user, as the app does, and with the user all of the user's sessions. Omitted if the
   * backend does not support this.
   */
  readonly removeUser?: (userId: string) => Promise<void>
}

/** Opens a channel on data that nothing else uses. */
export type OpenRevocationChannel = () => Promise<OpenedRevocationChannel>

/** One guarantee of the `RevocationChannel` port. */
export type RevocationChannelContractCase = ContractCase<OpenRevocationChannel>

/** Says what a case needs and the opened channel lacks, or `null` if it has everything. */
type FindMissing = (opened: OpenedRevocationChannel) => string | null

/** Creates cases from their names and bodies. */
export function revocationChannelCases(
  bodies: Readonly<Record<string, (opened: OpenedRevocationChannel) => Promise<void>>>,
  findMissing: FindMissing = () => null,
): readonly RevocationChannelContractCase[] {
  return Object.entries(bodies).map(([name, body]) => ({
    name,
    async run(open) {
      await using opened = await open()
      const notRun = findMissing(opened)
      if (notRun !== null) return { notRun }
      await body(opened)
      return undefined
    },
  }))
}
