import type { Clock } from 'coatcheck'
import {
  type TrustedDevice,
  trustedDeviceOf,
  withTrustedDevice,
} from '../../domain/trusted-device.ts'
import type { User } from '../../domain/user.ts'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'

export interface RecognizeDeviceRequest {
  /** Who is about to sign in, their credentials checked. */
  readonly user: User
  /** What the browser has shown to be. */
  readonly devices: readonly TrustedDevice[]
}

export interface RecognizedDevice {
  /** What the browser is once they have signed in. */
  readonly devices: readonly TrustedDevice[]
  /** The account has signed in before, and not here. */
  readonly isNew: boolean
  /** The owner is to get a letter of it: for the first ones within an hour. */
  readonly shouldNotify: boolean
}

/**
 * Tells whether somebody signs in where they have signed in before. The very first sign-in of an account is on no new
 * device; of two at once, one is the first.
 */
export type RecognizeDevice = (request: RecognizeDeviceRequest) => Promise<RecognizedDevice>

export interface RecognizeDevicePorts {
  readonly users: UserRepository
  readonly notificationLimit: NotificationLimit
  readonly secrets: Secrets
  readonly clock: Clock
}

export function createRecognizeDevice(ports: RecognizeDevicePorts): RecognizeDevice {
  const { users, notificationLimit, secrets, clock } = ports

  async function isWithinNotificationLimit(user: User): Promise<boolean> {
    return notificationLimit.allows('new-device', await notificationLimit.budgetFor(user))
  }

  return async function recognizeDevice({ user, devices }) {
    const now = clock.now()
    const knownDevice = trustedDeviceOf(user, devices, now)
    const isNew = knownDevice === null && !(await users.recordFirstSignIn(user.id, now))
    const shouldNotify = isNew && (await isWithinNotificationLimit(user))
    const device: TrustedDevice = {
      userId: user.id,
      id: knownDevice?.id ?? secrets.id(),
      passwordVersion: user.passwordVersion,
      trustedAt: now,
    }
    return { devices: withTrustedDevice(devices, device), isNew, shouldNotify }
  }
}
