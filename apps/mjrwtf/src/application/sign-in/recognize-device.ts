import { type KnownDevice, knownDeviceOf, withKnownDevice } from '../../domain/known-device.ts'
import { timeZoneOf } from '../../domain/preferences.ts'
import type { User } from '../../domain/user.ts'
import type { SignInDependencies } from './dependencies.ts'

export interface RecognizeDeviceRequest {
  /** The authenticated user who is signing in. */
  readonly user: User
  /** Devices of the browser, from its signed cookie. */
  readonly devices: readonly KnownDevice[]
  /** Whether the sign-in contains a second factor. */
  readonly hasSentFactor: boolean
}

export interface RecognizedDevice {
  /** Devices of the browser after the sign-in. */
  readonly devices: readonly KnownDevice[]
  /** The account has signed in before, but not on this device. */
  readonly isNew: boolean
  /** The user receives an email about it, for the first new devices within an hour. */
  readonly shouldNotify: boolean
}

/**
 * Decides whether the account has signed in on this device before. The first sign-in of an account is never on a new
 * device; of two parallel ones, exactly one is the first.
 */
export type RecognizeDevice = (request: RecognizeDeviceRequest) => Promise<RecognizedDevice>

export interface NewDevice {
  readonly user: User
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** Emails the user about a sign-in on a new device. Returns immediately. */
export type NotifyNewDevice = (device: NewDevice) => void

type RecognizeDeviceDependencies = Pick<
  SignInDependencies,
  'users' | 'notificationLimit' | 'secrets' | 'clock'
>

export function createRecognizeDevice(dependencies: RecognizeDeviceDependencies): RecognizeDevice {
  const { users, notificationLimit, secrets, clock } = dependencies

  async function isWithinNotificationLimit(user: User): Promise<boolean> {
    return notificationLimit.allows('new-device', await notificationLimit.budgetFor(user))
  }

  return async function recognizeDevice({ user, devices, hasSentFactor }) {
    const now = clock.now()
    const knownDevice = knownDeviceOf(user, devices, now)
    const isNew = knownDevice === null && !(await users.recordFirstSignIn(user.id, now))
    const shouldNotify = isNew && (await isWithinNotificationLimit(user))
    const device: KnownDevice = {
      userId: user.id,
      id: knownDevice?.id ?? secrets.id(),
      passwordVersion: user.passwordVersion,
      hasSentFactor: hasSentFactor || knownDevice?.hasSentFactor === true,
      knownAt: now,
    }
    return { devices: withKnownDevice(devices, device), isNew, shouldNotify }
  }
}

export function createNotifyNewDevice({
  sendMail,
  describeClient,
  clock,
}: Pick<SignInDependencies, 'sendMail' | 'describeClient' | 'clock'>): NotifyNewDevice {
  return function notifyNewDevice({ user, ...client }) {
    const from = describeClient(client)
    sendMail(user.email, { kind: 'new-device', at: clock.now(), from }, timeZoneOf(user))
  }
}
