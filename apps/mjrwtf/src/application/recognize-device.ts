import { type TrustedDevice, trustedDeviceOf, trusting } from '../domain/trusted-device.ts'
import type { User } from '../domain/user.ts'
import type { NoticeLimit } from './notice-limit.ts'
import type { Clock } from './ports/clock.ts'
import type { Secrets } from './ports/secrets.ts'
import type { UserRepository } from './ports/user-repository.ts'

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
  readonly deservesLetter: boolean
}

/**
 * Tells whether somebody signs in where they have signed in before. The very first sign-in of an account is on no new
 * device; of two at once, one is the first.
 */
export type RecognizeDevice = (request: RecognizeDeviceRequest) => Promise<RecognizedDevice>

export interface RecognizeDevicePorts {
  readonly users: UserRepository
  readonly noticeLimit: NoticeLimit
  readonly secrets: Secrets
  readonly clock: Clock
}

export function createRecognizeDevice(ports: RecognizeDevicePorts): RecognizeDevice {
  const { users, noticeLimit, secrets, clock } = ports

  async function isToBeTold(user: User): Promise<boolean> {
    return noticeLimit.allows('new-device', await noticeLimit.notified(user))
  }

  return async function recognizeDevice({ user, devices }) {
    const now = clock.now()
    const known = trustedDeviceOf(user, devices, now)
    const isNew = known === null && !(await users.noteFirstSignIn(user.id, now))
    const deservesLetter = isNew && (await isToBeTold(user))
    const device: TrustedDevice = {
      userId: user.id,
      id: known?.id ?? secrets.id(),
      passwordVersion: user.passwordVersion,
      trustedAt: now,
    }
    return { devices: trusting(devices, device), isNew, deservesLetter }
  }
}
