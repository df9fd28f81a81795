import { day, type Instant, type Milliseconds } from './time.ts'
import type { User, UserId } from './user.ts'

/**
 * A browser in which a user has signed in. It does not authenticate; it only counts failed sign-ins of that browser
 * separately (OWASP device cookies; SP 800-63B-4 section 3.2.2).
 */
export interface TrustedDevice {
  readonly userId: UserId
  /** Random. Key of its failure count. */
  readonly id: string
  /** Version of the password used to sign in. A new password ends the trust. */
  readonly passwordVersion: number
  readonly trustedAt: Instant
}

/** How long a device is trusted after its last sign-in. */
export const deviceTrustDuration: Milliseconds = 180 * day

/** A shared browser is trusted for the last few accounts. */
export const maxAccountsPerBrowser = 5

/** The valid trust of a browser for an account, or `null`. */
export function trustedDeviceOf(
  { id, passwordVersion }: Pick<User, 'id' | 'passwordVersion'>,
  devices: readonly TrustedDevice[],
  now: Instant,
): TrustedDevice | null {
  const known = devices.find((device) => device.userId === id)
  if (known === undefined || known.passwordVersion !== passwordVersion) return null
  return now < known.trustedAt + deviceTrustDuration ? known : null
}

/** The devices that are trusted if their passwords are unchanged, which only the accounts know. */
export function unexpiredDevices(
  devices: readonly TrustedDevice[],
  now: Instant,
): readonly TrustedDevice[] {
  return devices.filter(({ trustedAt }) => now < trustedAt + deviceTrustDuration)
}

/** Adds a trusted device to those of a browser; evicts the one trusted longest ago. */
export function withTrustedDevice(
  devices: readonly TrustedDevice[],
  device: TrustedDevice,
): readonly TrustedDevice[] {
  const others = devices.filter(({ userId }) => userId !== device.userId)
  return [device, ...others].slice(0, maxAccountsPerBrowser)
}

/**
 * The trusted devices after a password change in this browser, which stays trusted for the new password. `user`: as
 * before the change. `null` if the browser was not trusted.
 */
export function withNewPassword(
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
