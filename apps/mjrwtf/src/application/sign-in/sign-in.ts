import type { CodeChecks } from '../second-factors/check-factor.ts'
import {
  type Authenticate,
  createAuthenticate,
  createAuthenticateSignIn,
  createReauthenticate,
  type Reauthenticate,
} from './authenticate.ts'
import { type CheckSecondFactor, createCheckSecondFactor } from './check-second-factor.ts'
import type { SignInDependencies } from './dependencies.ts'
import {
  createNotifyNewDevice,
  createRecognizeDevice,
  type NotifyNewDevice,
  type RecognizeDevice,
} from './recognize-device.ts'
import {
  createFindPendingUser,
  createListSecondStepMethods,
  type FindPendingUser,
  type ListSecondStepMethods,
} from './second-step.ts'
import { createTrustedBrowsers, type TrustedBrowsers } from './trusted-browsers.ts'

/** Authenticates users and recognizes their devices. */
export interface SignIn {
  readonly authenticate: Authenticate
  readonly reauthenticate: Reauthenticate
  readonly findPendingUser: FindPendingUser
  readonly listSecondStepMethods: ListSecondStepMethods
  readonly checkSecondFactor: CheckSecondFactor
  readonly codeChecks: CodeChecks
  readonly trustedBrowsers: TrustedBrowsers
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
    findPendingUser: createFindPendingUser(dependencies),
    listSecondStepMethods: createListSecondStepMethods(dependencies),
    checkSecondFactor: createCheckSecondFactor(dependencies),
    codeChecks: dependencies.codeChecks,
    trustedBrowsers: createTrustedBrowsers(dependencies),
    recognizeDevice: createRecognizeDevice(dependencies),
    notifyNewDevice: createNotifyNewDevice(dependencies),
    unlockAccount: dependencies.throttle.unlockAccount,
  }
}
