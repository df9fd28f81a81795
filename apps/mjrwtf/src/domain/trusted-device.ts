import { day, type Instant, type Milliseconds } from './time.ts'
import type { User, UserId } from './user.ts'

/**
 * A browser in which somebody has signed in, for one account. It opens nothing and is no session: it only
 * keeps its failed sign-ins apart from those of others (OWASP, device cookies; SP 800-63B-4 section 3.2.2).
 */
export interface TrustedDevice {
  readonly userId: UserId
  /** Random. Names its count of failures. */
  readonly id: string
  /** That of the password which was given: a new password trusts nothing from before. */
  readonly passwordVersion: number
  readonly trustedAt: Instant
}

/** For how long after the last sign-in a device is trusted. */
export const deviceTrust: Milliseconds = 180 * day

/** People share browsers; a browser that everybody uses is trusted for the last few. */
export const accountsPerBrowser = 5

/** What a browser is to an account: trusted, or `null`. */
export function trustedDeviceOf(
  { id, passwordVersion }: Pick<User, 'id' | 'passwordVersion'>,
  devices: readonly TrustedDevice[],
  now: Instant,
): TrustedDevice | null {
  const own = devices.find((device) => device.userId === id)
  if (own === undefined || own.passwordVersion !== passwordVersion) return null
  return now < own.trustedAt + deviceTrust ? own : null
}

/** The devices that a browser is once this one is trusted; the one trusted longest ago gives way. */
export function trusting(
  devices: readonly TrustedDevice[],
  device: TrustedDevice,
): readonly TrustedDevice[] {
  const others = devices.filter(({ userId }) => userId !== device.userId)
  return [device, ...others].slice(0, accountsPerBrowser)
}

/**
 * The same once the account's password was changed there, by somebody who gave the old one: still trusted, for the
 * new one. `user` is as before the change. `null` where there was no trust to keep.
 */
export function trustingStill(
  devices: readonly TrustedDevice[],
  user: Pick<User, 'id' | 'passwordVersion'>,
  now: Instant,
): readonly TrustedDevice[] | null {
  const own = trustedDeviceOf(user, devices, now)
  if (own === null) return null
  return trusting(devices, { ...own, passwordVersion: user.passwordVersion + 1, trustedAt: now })
}
