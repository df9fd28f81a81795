import { z } from 'zod'
import { deviceTrustDuration, type TrustedDevice } from '../../../domain/trusted-device.ts'
import type { RequestContext } from '../http-context.ts'

/** Beside the session's. Signing out leaves it. */
const name = 'device'

const devicesSchema = z
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
export function readDeviceCookie({ var: { exchange } }: RequestContext): readonly TrustedDevice[] {
  const text = exchange.signedCookie(name)
  // Ours by its signature, and yet perhaps of an older release.
  return text === null ? [] : (devicesSchema.safeParse(JSON.parse(text)).data ?? [])
}

/** Lets the browser show next time what it is. */
export function setDeviceCookie(
  { var: { exchange } }: RequestContext,
  devices: readonly TrustedDevice[],
): void {
  const rows = devices.map(({ userId, id, passwordVersion, trustedAt }) => [
    userId,
    id,
    passwordVersion,
    trustedAt,
  ])
  exchange.setSignedCookie({ name, value: JSON.stringify(rows), maxAge: deviceTrustDuration })
}
