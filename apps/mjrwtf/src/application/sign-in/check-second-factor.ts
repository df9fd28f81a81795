import { type KnownDevice, knownDeviceOf } from '../../domain/known-device.ts'
import type { Throttled } from '../../domain/results.ts'
import type { User } from '../../domain/user.ts'
import type { FactorCheck } from '../second-factors/check-factor.ts'
import type { Counter } from './attempt-throttle.ts'
import type { SignInDependencies } from './dependencies.ts'

export interface SecondFactorAttempt {
  /** Whose factor it is. The password, or the session, has identified the user. */
  readonly user: User
  /** Devices of the browser, from its signed cookie. */
  readonly devices: readonly KnownDevice[]
  /** Checks the factor. Not called if the counter blocks the attempt. */
  readonly check: () => Promise<FactorCheck>
}

/**
 * Checks a second factor of any kind, for the second step of a sign-in or for a step-up. All kinds share one counter of
 * failures for each user: the delay grows, and 100 consecutive failures lock it (NIST SP 800-63B-4 section 3.2.2). Each
 * call counts as a failure until it has succeeded, so parallel guesses are all counted. A device in which the
 * user has sent a factor has a counter of its own, so that an attacker who knows the password cannot lock the user out.
 */
export type CheckSecondFactor = (attempt: SecondFactorAttempt) => Promise<FactorCheck | Throttled>

export function createCheckSecondFactor({
  throttle,
  clock,
}: Pick<SignInDependencies, 'throttle' | 'clock'>): CheckSecondFactor {
  function counterOf({ user, devices }: SecondFactorAttempt): Counter {
    const device = knownDeviceOf(user, devices, clock.now())
    // A password or a mailbox is enough to create devices, any number of times: with a counter for each, an attacker
    // could guess without an end.
    return device?.hasSentFactor === true
      ? throttle.factorsOfDevice(user.email, device.id)
      : throttle.factors(user.email)
  }

  return async function checkSecondFactor(attempt) {
    const counter = counterOf(attempt)
    const throttled = await throttle.reserve(counter)
    if (throttled !== null) return throttled
    const result = await attempt.check()
    if (result.status === 'correct') await throttle.complete(counter)
    return result
  }
}
