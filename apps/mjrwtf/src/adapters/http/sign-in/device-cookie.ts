import { z } from 'zod'
import { deviceTrustDuration, type TrustedDevice } from '../../../domain/trusted-device.ts'
import type { RequestContext } from '../http-context.ts'

/** Name of the cookie. Signing out does not clear it. */
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

/** The accounts that trust this browser. Empty if the cookie is missing, duplicated or not signed by us. */
export function readDeviceCookie({ var: { exchange } }: RequestContext): readonly TrustedDevice[] {
  const text = exchange.signedCookie(name)
  // The signature is ours, but an older release may have written it.
  return text === null ? [] : (devicesSchema.safeParse(JSON.parse(text)).data ?? [])
}

/** Stores the accounts that trust this browser. */
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
