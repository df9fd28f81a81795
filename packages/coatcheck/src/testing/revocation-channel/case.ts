import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { OpenedSessionStore } from '../session-store/case.ts'

/** A channel to try out, with the store whose changes it tells of. */
export interface OpenedRevocationChannel extends OpenedSessionStore {
  readonly channel: RevocationChannel
  /**
   * Removes a user as the app does, and with the user all of the user's sessions.
   * Default: that cannot happen.
   */
  readonly removeUser?: (userId: string) => Promise<void>
}

/** Opens a channel over data that nothing else uses. */
export type OpenRevocationChannel = () => Promise<OpenedRevocationChannel>

/** One promise of the `RevocationChannel` port. */
export interface RevocationChannelContractCase {
  /** What must hold. */
  readonly name: string
  /** Rejects when the promise is broken. Opens one channel and disposes of it. */
  run(open: OpenRevocationChannel): Promise<void>
}

/** Makes cases from what must hold and how to see it. */
export function revocationChannelCases(
  bodies: Readonly<Record<string, (opened: OpenedRevocationChannel) => Promise<void>>>,
): readonly RevocationChannelContractCase[] {
  return Object.entries(bodies).map(([name, body]) => ({
    name,
    async run(open) {
      await using opened = await open()
      await body(opened)
    },
  }))
}
