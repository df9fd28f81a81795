import type { Clock } from 'coatcheck'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { SendMail } from '../ports/email.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { DescribeClient } from '../shared/describe-client.ts'
import type { Throttle } from './attempt-throttle.ts'
import { type Authenticate, createAuthenticate } from './authenticate.ts'
import { createNotifyNewDevice, type NotifyNewDevice } from './notify-new-device.ts'
import { createReauthenticate, type Reauthenticate } from './reauthenticate.ts'
import { createRecognizeDevice, type RecognizeDevice } from './recognize-device.ts'
import { createUnlockAccount, type UnlockAccount } from './unlock-account.ts'
import type { VerifyPassword } from './verify-password.ts'

/** Authenticates users and recognizes their devices. */
export interface SignIn {
  readonly authenticate: Authenticate
  readonly reauthenticate: Reauthenticate
  readonly recognizeDevice: RecognizeDevice
  readonly notifyNewDevice: NotifyNewDevice
  readonly unlockAccount: UnlockAccount
}

export interface SignInDependencies {
  readonly users: UserRepository
  readonly passwordHasher: PasswordHasher
  readonly verifyPassword: VerifyPassword
  readonly throttle: Throttle
  readonly notificationLimit: NotificationLimit
  readonly sendMail: SendMail
  readonly describeClient: DescribeClient
  readonly secrets: Secrets
  readonly clock: Clock
}

export function createSignIn(dependencies: SignInDependencies): SignIn {
  const authenticate = createAuthenticate(dependencies)
  return {
    authenticate,
    reauthenticate: createReauthenticate(authenticate),
    recognizeDevice: createRecognizeDevice(dependencies),
    notifyNewDevice: createNotifyNewDevice(dependencies),
    unlockAccount: createUnlockAccount(dependencies),
  }
}
