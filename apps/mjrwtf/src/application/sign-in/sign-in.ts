import {
  type Authenticate,
  createAuthenticate,
  createAuthenticateSignIn,
  createReauthenticate,
  type Reauthenticate,
} from './authenticate.ts'
import type { SignInDependencies } from './dependencies.ts'
import {
  createNotifyNewDevice,
  createRecognizeDevice,
  type NotifyNewDevice,
  type RecognizeDevice,
} from './recognize-device.ts'

/** Authenticates users and recognizes their devices. */
export interface SignIn {
  readonly authenticate: Authenticate
  readonly reauthenticate: Reauthenticate
  readonly recognizeDevice: RecognizeDevice
  readonly notifyNewDevice: NotifyNewDevice
  /** Unlocks an account after 100 consecutive failures (NIST SP 800-63B-4 section 3.2.2). No page calls this. */
  readonly unlockAccount: (email: string) => Promise<void>
}

export function createSignIn(dependencies: SignInDependencies): SignIn {
  const authenticate = createAuthenticate(dependencies)
  return {
    authenticate: createAuthenticateSignIn(authenticate, dependencies),
    reauthenticate: createReauthenticate(authenticate),
    recognizeDevice: createRecognizeDevice(dependencies),
    notifyNewDevice: createNotifyNewDevice(dependencies),
    unlockAccount: dependencies.throttle.unlockAccount,
  }
}
