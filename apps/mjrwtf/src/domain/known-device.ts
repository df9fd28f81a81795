import { day, type Instant, type Milliseconds } from './time.ts'
import type { User, UserId } from './user.ts'

/**
 * A browser in which a user has signed in or reset the password. It does not authenticate; it only counts failed
 * sign-ins of that browser separately (OWASP device cookies; SP 800-63B-4 section 3.2.2). A browser that skips the second
 * step is a trusted browser.
 */
export interface KnownDevice {
  readonly userId: UserId
  /** Random. Key of its failure count. */
  readonly id: string
  /** Version of the password used to sign in. With a new password the device is unknown. */
  readonly passwordVersion: number
  /**
   * Whether the user has sent a second factor here. If not, it adds no guesses at one: anyone who knew the password before
   * there was a factor, or reads the emails of the user, can make any number of browsers known.
   */
  readonly hasSentFactor: boolean
  readonly knownAt: Instant
}

/** How long a device is known after its last sign-in. */
export const knownDeviceDuration: Milliseconds = 180 * day

/** A shared browser is known for the last few accounts. */
export const maxAccountsPerBrowser = 5

/** The device as which an account knows a browser, or `null`. */
export function knownDeviceOf(
  { id, passwordVersion }: Pick<User, 'id' | 'passwordVersion'>,
  devices: readonly KnownDevice[],
  now: Instant,
): KnownDevice | null {
  const known = devices.find((device) => device.userId === id)
  if (known === undefined || known.passwordVersion !== passwordVersion) return null
  return now < known.knownAt + knownDeviceDuration ? known : null
}

/** The devices that are known if their passwords are unchanged, which only the accounts show. */
export function unexpiredDevices(
  devices: readonly KnownDevice[],
  now: Instant,
): readonly KnownDevice[] {
  return devices.filter(({ knownAt }) => now < knownAt + knownDeviceDuration)
}

/** Adds a known device to those of a browser; evicts the one known longest ago. */
export function withKnownDevice(
  devices: readonly KnownDevice[],
  device: KnownDevice,
): readonly KnownDevice[] {
  const others = devices.filter(({ userId }) => userId !== device.userId)
  return [device, ...others].slice(0, maxAccountsPerBrowser)
}

/**
 * The known devices after the user has sent a second factor in this browser. `null` if nothing changes: the browser was not
 * known, or the user has sent one before.
 */
export function withSentFactor(
  devices: readonly KnownDevice[],
  user: Pick<User, 'id' | 'passwordVersion'>,
  now: Instant,
): readonly KnownDevice[] | null {
  const known = knownDeviceOf(user, devices, now)
  if (known === null || known.hasSentFactor) return null
  return withKnownDevice(devices, { ...known, hasSentFactor: true })
}

/**
 * The known devices after a password change in this browser, which stays known for the new password. `user`: as
 * before the change. `null` if the browser was not known.
 */
export function withNewPassword(
  devices: readonly KnownDevice[],
  user: Pick<User, 'id' | 'passwordVersion'>,
  now: Instant,
): readonly KnownDevice[] | null {
  const known = knownDeviceOf(user, devices, now)
  if (known === null) return null
  return withKnownDevice(devices, {
    ...known,
    passwordVersion: user.passwordVersion + 1,
    knownAt: now,
  })
}
