import type { CDPSession, Page } from 'playwright-core'

/** An authenticator of Chromium without hardware. It responds without asking. */
export interface VirtualAuthenticator {
  /** Whether it responds at once. Otherwise requests wait, as for a user who does nothing. */
  setPresent(isPresent: boolean): Promise<void>
  /** From now on its responses say that it did not verify the user: a touch was enough. */
  skipUserVerification(): Promise<void>
  /** Number of its passkeys. */
  count(): Promise<number>
  remove(): Promise<void>
}

/** Adds an authenticator to the page, as if built into the device. */
export async function addVirtualAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    async setPresent(enabled) {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    async skipUserVerification() {
      await session.send('WebAuthn.setResponseOverrideBits', { authenticatorId, isBadUV: true })
    },
    async count() {
      return (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length
    },
    async remove() {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    },
  }
}
