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
export const deviceTrustDuration: Milliseconds = 180 * day

/** People share browsers; a browser that everybody uses is trusted for the last few. */
export const accountsPerBrowser = 5

/** What a browser is to an account: trusted, or `null`. */
export function trustedDeviceOf(
  { id, passwordVersion }: Pick<User, 'id' | 'passwordVersion'>,
  devices: readonly TrustedDevice[],
  now: Instant,
): TrustedDevice | null {
  const known = devices.find((device) => device.userId === id)
  if (known === undefined || known.passwordVersion !== passwordVersion) return null
  return now < known.trustedAt + deviceTrustDuration ? known : null
}

/** The devices that a browser is once this one is trusted; the one trusted longest ago gives way. */
export function withTrustedDevice(
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
export function stillTrusted(
  devices: readonly TrustedDevice[],
  user: Pick<User, 'id' | 'passwordVersion'>,
  now: Instant,
): readonly TrustedDevice[] | null {
  const known = trustedDeviceOf(user, devices, now)
  if (known === null) return null
  return withTrustedDevice(devices, {
    ...known,
    passwordVersion: user.passwordVersion + 1,
    trustedAt: now,
  })
}
