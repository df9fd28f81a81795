import { z } from 'zod'
import { deviceTrust, type TrustedDevice } from '../../domain/trusted-device.ts'
import type { AppContext } from './site.ts'

/** Beside the session's. Signing out leaves it. */
const name = 'device'

const devicesText = z
  .array(z.tuple([z.string(), z.string(), z.number(), z.number()]))
  .transform((rows) =>
    rows.map(([userId, id, passwordVersion, trustedAt]) => ({
      userId,
      id,
      passwordVersion,
      trustedAt,
    })),
  )

/** What the browser is to the accounts that have signed in there; nothing by a cookie that is not ours, or came twice. */
export function readDevices({ var: { exchange } }: AppContext): readonly TrustedDevice[] {
  const text = exchange.signedCookie(name)
  // Ours by its signature, and yet perhaps of an older release.
  return text === null ? [] : (devicesText.safeParse(JSON.parse(text)).data ?? [])
}

/** Lets the browser show next time what it is. */
export function keepDevices(
  { var: { exchange } }: AppContext,
  devices: readonly TrustedDevice[],
): void {
  const rows = devices.map(({ userId, id, passwordVersion, trustedAt }) => [
    userId,
    id,
    passwordVersion,
    trustedAt,
  ])
  exchange.setSignedCookie({ name, value: JSON.stringify(rows), maxAge: deviceTrust })
}
