import type { Clock } from 'coatcheck'
import { parseEmail } from '../../domain/email.ts'
import { isTooLong, normalizePassword } from '../../domain/password.ts'
import type { Busy, Throttled } from '../../domain/results.ts'
import type { Instant } from '../../domain/time.ts'
import { trustedDeviceOf } from '../../domain/trusted-device.ts'
import type { UserId } from '../../domain/user.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { NewUser, UserRepository } from '../ports/user-repository.ts'
import type { Counter, Throttle } from './attempt-throttle.ts'
import type { Credentials } from './authenticate.ts'

export type VerifyPasswordResult =
  | {
      readonly status: 'match'
      readonly found: NewUser
      /** The hash was made otherwise than new ones are. */
      readonly needsRehash: boolean
      /** For the session library's `credentialsCheckedAt`. */
      readonly credentialsCheckedAt: Instant
    }
  /**
   * Unknown address or wrong password: never told apart, in words or in time. `userId` is for the
   * security log of who was tried, if there is such an account.
   */
  | { readonly status: 'wrong'; readonly userId: UserId | null }
  | Throttled
  | Busy

/**
 * Decides whether a password belongs to an address. Every call counts as a failure until it has succeeded,
 * so parallel guesses are counted one by one, wherever they are made.
 */
export type VerifyPassword = (credentials: Credentials) => Promise<VerifyPasswordResult>

export interface VerifyPasswordPorts {
  readonly users: UserRepository
  readonly passwordHasher: PasswordHasher
  readonly throttle: Throttle
  readonly clock: Clock
}

export function createVerifyPassword(ports: VerifyPasswordPorts): VerifyPassword {
  const { users, passwordHasher, throttle, clock } = ports

  async function find(email: string): Promise<NewUser | null> {
    return parseEmail(email) === null ? null : users.findByEmail(email)
  }

  /**
   * What an attempt counts against. A device that is trusted for the account counts for itself alone, so that
   * whoever guesses elsewhere does not keep its owner out (SP 800-63B-4 section 3.2.2).
   */
  async function countersOf({ email, ipAddress, devices = [] }: Credentials) {
    const found = devices.length === 0 ? null : await find(email)
    const device = found === null ? null : trustedDeviceOf(found.user, devices, clock.now())
    if (device !== null) return [throttle.device(email, device.id)]
    return [throttle.ipAddress(ipAddress), throttle.account(email)]
  }

  /** Counts this attempt, or says that it must wait. */
  async function reserve(counters: readonly Counter[]): Promise<Throttled | null> {
    for (const [index, counter] of counters.entries()) {
      const throttled = await throttle.reserve(counter)
      if (throttled === null) continue
      // No guess was made, so none is held against the address.
      await Promise.all(counters.slice(0, index).map(throttle.refund))
      return throttled
    }
    return null
  }

  return async function verifyPassword(credentials) {
    const { email, password } = credentials
    const credentialsCheckedAt = clock.now()
    const counters = await countersOf(credentials)
    const throttled = await reserve(counters)
    if (throttled !== null) return throttled

    const found = await find(email)
    const candidate = isTooLong(password) ? '' : normalizePassword(password)
    const check = await passwordHasher.check(candidate, found?.passwordHash ?? null)
    if (check.status === 'busy') {
      await Promise.all(counters.map(throttle.refund))
      return check
    }
    if (check.status === 'mismatch' || found === null) {
      return { status: 'wrong', userId: found?.user.id ?? null }
    }

    await Promise.all(counters.map(throttle.complete))
    return { status: 'match', found, needsRehash: check.needsRehash, credentialsCheckedAt }
  }
}
