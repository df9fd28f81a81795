import { z } from 'zod'
import { type KnownDevice, knownDeviceDuration } from '../../../domain/known-device.ts'
import type { RequestContext } from '../http-context.ts'

/** Name of the cookie. Signing out does not clear it. */
const name = 'device'

const devicesSchema = z
  .array(z.tuple([z.string(), z.string(), z.number(), z.boolean(), z.number()]))
  .transform((rows) =>
    rows.map(([userId, id, passwordVersion, hasSentFactor, knownAt]) => ({
      userId,
      id,
      passwordVersion,
      hasSentFactor,
      knownAt,
    })),
  )

/** The accounts that know this browser. Empty if the cookie is missing, duplicated or not signed by us. */
export function readDeviceCookie({ var: { exchange } }: RequestContext): readonly KnownDevice[] {
  const text = exchange.signedCookie(name)
  // The signature is ours, but an older release may have written it.
  return text === null ? [] : (devicesSchema.safeParse(JSON.parse(text)).data ?? [])
}

/** Stores the accounts that know this browser. */
export function setDeviceCookie(
  { var: { exchange } }: RequestContext,
  devices: readonly KnownDevice[],
): void {
  const rows = devices.map(({ userId, id, passwordVersion, hasSentFactor, knownAt }) => [
    userId,
    id,
    passwordVersion,
    hasSentFactor,
    knownAt,
  ])
  exchange.setSignedCookie({ name, value: JSON.stringify(rows), maxAge: knownDeviceDuration })
}
