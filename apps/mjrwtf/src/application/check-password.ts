import { parseEmail } from '../domain/email.ts'
import { isTooLong, normalizePassword } from '../domain/password.ts'
import type { Busy, Throttled } from '../domain/refusals.ts'
import type { Instant } from '../domain/time.ts'
import type { UserId } from '../domain/user.ts'
import type { Credentials } from './check-credentials.ts'
import type { Clock } from './ports/clock.ts'
import type { PasswordHasher } from './ports/password-hasher.ts'
import type { NewUser, UserRepository } from './ports/user-repository.ts'
import type { Counter, Throttle } from './throttle.ts'

export type CheckPasswordResult =
  | {
      readonly status: 'match'
      readonly found: NewUser
      /** The hash was made otherwise than new ones are. */
      readonly outdated: boolean
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
export type CheckPassword = (credentials: Credentials) => Promise<CheckPasswordResult>

export interface CheckPasswordPorts {
  readonly users: UserRepository
  readonly passwords: PasswordHasher
  readonly throttle: Throttle
  readonly clock: Clock
}

export function createCheckPassword(ports: CheckPasswordPorts): CheckPassword {
  const { users, passwords, throttle, clock } = ports

  /** Counts this attempt against the address and the account, or says that it must wait. */
  async function reserve(address: Counter, account: Counter): Promise<Throttled | null> {
    const byAddress = await throttle.reserve(address)
    if (byAddress !== null) return byAddress
    const byAccount = await throttle.reserve(account)
    // No guess was made, so none is held against the address.
    if (byAccount !== null) await throttle.refund(address)
    return byAccount
  }

  return async function checkPassword({ email, password, ipAddress }) {
    const credentialsCheckedAt = clock.now()
    const address = throttle.address(ipAddress)
    const account = throttle.account(email)
    const throttled = await reserve(address, account)
    if (throttled !== null) return throttled

    const found = parseEmail(email) === null ? null : await users.findByEmail(email)
    const candidate = isTooLong(password) ? '' : normalizePassword(password)
    const check = await passwords.check(candidate, found?.passwordHash ?? null)
    if (check.status === 'busy') {
      await Promise.all([throttle.refund(address), throttle.refund(account)])
      return check
    }
    if (check.status === 'mismatch' || found === null) {
      return { status: 'wrong', userId: found?.user.id ?? null }
    }

    await Promise.all([throttle.refund(address), throttle.clear(account)])
    return { status: 'match', found, outdated: check.outdated, credentialsCheckedAt }
  }
}
