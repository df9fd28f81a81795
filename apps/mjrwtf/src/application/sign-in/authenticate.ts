import { parseEmail } from '../../domain/email.ts'
import { type KnownDevice, knownDeviceOf } from '../../domain/known-device.ts'
import { isPasswordTooLong, normalizePassword } from '../../domain/password.ts'
import type { Busy, Throttled } from '../../domain/results.ts'
import type { Instant } from '../../domain/time.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { PasswordHash } from '../ports/passwords.ts'
import type { StoredUser } from '../ports/user-repository.ts'
import type { Counter } from './attempt-throttle.ts'
import type { SignInDependencies } from './dependencies.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
  readonly ipAddress: string | null
  /** Devices of the browser, from its signed cookie. Default: none. */
  readonly devices?: readonly KnownDevice[]
}

/**
 * Unknown email, wrong password, or a user without a password: indistinguishable in content and in time. `userId` is the account that
 * was tried, for its security log only.
 */
interface WrongCredentials {
  readonly status: 'wrong'
  readonly userId: UserId | null
}

interface MatchingPassword {
  readonly status: 'match'
  readonly user: User
  readonly passwordHash: PasswordHash
  /** The hash was created with other parameters than new ones. */
  readonly needsRehash: boolean
  /** For the session library's `credentialsCheckedAt`. */
  readonly credentialsCheckedAt: Instant
}

/** The password is right, and the account is suspended. Others learn nothing: they do not know the password. */
interface SuspendedAccount {
  readonly status: 'suspended'
  readonly userId: UserId
}

export type VerifyPasswordResult =
  | MatchingPassword
  | WrongCredentials
  | SuspendedAccount
  | Throttled
  | Busy

/**
 * Verifies the password of an email. Each call counts as a failure until it has succeeded, so parallel guesses are all
 * counted, whichever function they call.
 */
export type VerifyPassword = (credentials: Credentials) => Promise<VerifyPasswordResult>

export type AuthenticateResult =
  | {
      readonly status: 'authenticated'
      readonly user: User
      /** For the session library's `credentialsCheckedAt`. */
      readonly credentialsCheckedAt: Instant
    }
  | WrongCredentials
  | SuspendedAccount
  | Throttled
  | Busy

/** Authenticates a user by email and password. Replaces an outdated password hash. */
export type Authenticate = (credentials: Credentials) => Promise<AuthenticateResult>

export interface ReauthenticateRequest {
  readonly user: User
  readonly password: string
  readonly ipAddress: string | null
  readonly devices: readonly KnownDevice[]
}

/**
 * Authenticates the user of a session again. Uses the same check and counters as sign-in, so that an unlocked device
 * allows no further guesses.
 */
export type Reauthenticate = (request: ReauthenticateRequest) => Promise<AuthenticateResult>

type VerifyPasswordDependencies = Pick<
  SignInDependencies,
  'users' | 'passwordHasher' | 'throttle' | 'clock'
>

export function createVerifyPassword(dependencies: VerifyPasswordDependencies): VerifyPassword {
  const { users, passwordHasher, throttle, clock } = dependencies

  async function find(email: string): Promise<StoredUser | null> {
    return parseEmail(email) === null ? null : users.findByEmail(email)
  }

  /**
   * The counters of an attempt. A known device has its own counter and ignores the others, so that guesses from
   * elsewhere do not lock the user out (SP 800-63B-4 section 3.2.2).
   */
  async function countersOf({ email, ipAddress, devices = [] }: Credentials) {
    const found = devices.length === 0 ? null : await find(email)
    const device = found === null ? null : knownDeviceOf(found.user, devices, clock.now())
    if (device !== null) return [throttle.device(email, device.id)]
    return [throttle.ipAddress(ipAddress), throttle.account(email)]
  }

  /** Counts the attempt in advance and returns `null` if no counter blocks it. */
  async function reserve(counters: readonly Counter[]): Promise<Throttled | null> {
    for (const [index, counter] of counters.entries()) {
      const throttled = await throttle.reserve(counter)
      if (throttled === null) continue
      // No password was checked, so the attempt must not count for the IP address.
      await Promise.all(counters.slice(0, index).map(throttle.refund))
      return throttled
    }
    return null
  }

  return async function verifyPassword(credentials) {
    const { email, password, ipAddress } = credentials
    const credentialsCheckedAt = clock.now()
    const counters = await countersOf(credentials)
    const throttled = await reserve(counters)
    if (throttled !== null) return throttled

    const found = await find(email)
    const candidate = isPasswordTooLong(password) ? '' : normalizePassword(password)
    const check = await passwordHasher.check(candidate, found?.passwordHash ?? null, ipAddress)
    if (check.status === 'busy') {
      await Promise.all(counters.map(throttle.refund))
      return check
    }
    const passwordHash = found?.passwordHash ?? null
    if (check.status === 'mismatch' || found === null || passwordHash === null) {
      return { status: 'wrong', userId: found?.user.id ?? null }
    }

    await Promise.all(counters.map(throttle.complete))
    if (found.isSuspended) return { status: 'suspended', userId: found.user.id }
    const { needsRehash } = check
    return { status: 'match', user: found.user, passwordHash, needsRehash, credentialsCheckedAt }
  }
}

export function createAuthenticate(dependencies: VerifyPasswordDependencies): Authenticate {
  const { users, passwordHasher } = dependencies
  const verifyPassword = createVerifyPassword(dependencies)

  /** Best effort: if the hasher is busy, the next sign-in tries again. */
  async function rehash(
    { user, passwordHash }: Pick<MatchingPassword, 'user' | 'passwordHash'>,
    { password, ipAddress }: Credentials,
  ): Promise<void> {
    const hashed = await passwordHasher.hash(normalizePassword(password), ipAddress)
    if (hashed.status === 'hashed') {
      await users.replacePasswordHash(user.id, passwordHash, hashed.hash)
    }
  }

  return async function authenticate(credentials) {
    const check = await verifyPassword(credentials)
    if (check.status !== 'match') return check
    const { user, credentialsCheckedAt } = check
    if (check.needsRehash) await rehash(check, credentials)
    return { status: 'authenticated', user, credentialsCheckedAt }
  }
}

/**
 * Authenticates a user who signs in, which creates a session. Further correct passwords are throttled, so that a script
 * that knows the password cannot fill the database. Wrong ones never count here: they cannot keep the user out.
 */
export function createAuthenticateSignIn(
  authenticate: Authenticate,
  { limits, clock }: Pick<SignInDependencies, 'limits' | 'clock'>,
): Authenticate {
  return async function authenticateSignIn(credentials) {
    const result = await authenticate(credentials)
    if (result.status !== 'authenticated') return result
    const { user } = result
    const device = knownDeviceOf(user, credentials.devices ?? [], clock.now())
    return (await limits.correctSignIn(user, device?.hasSentFactor === true)) ?? result
  }
}

export function createReauthenticate(authenticate: Authenticate): Reauthenticate {
  return async function reauthenticate({ user, ...credentials }) {
    const result = await authenticate({ email: user.email, ...credentials })
    // The email may belong to another account by now.
    const isOtherUser = result.status === 'authenticated' && result.user.id !== user.id
    return isOtherUser ? { status: 'wrong', userId: user.id } : result
  }
}
