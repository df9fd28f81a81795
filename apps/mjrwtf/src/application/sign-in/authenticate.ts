import { normalizePassword } from '../../domain/password.ts'
import type { Busy, Throttled } from '../../domain/results.ts'
import type { Instant } from '../../domain/time.ts'
import type { TrustedDevice } from '../../domain/trusted-device.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { NewUser, UserRepository } from '../ports/user-repository.ts'
import type { VerifyPassword } from './verify-password.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
  readonly ipAddress: string | null
  /** What the browser has shown to be. Default: nothing. */
  readonly devices?: readonly TrustedDevice[]
}

export type AuthenticateResult =
  | {
      readonly status: 'authenticated'
      readonly user: User
      /** For the session library's `credentialsCheckedAt`. */
      readonly credentialsCheckedAt: Instant
    }
  /** Unknown address or wrong password: never told apart, in words or in time. `userId` is for the security log alone. */
  | { readonly status: 'wrong'; readonly userId: UserId | null }
  | Throttled
  | Busy

/**
 * Decides whether somebody is who they say. Every call counts as a failure until it has succeeded,
 * so parallel guesses are counted one by one.
 */
export type Authenticate = (credentials: Credentials) => Promise<AuthenticateResult>

export interface AuthenticatePorts {
  readonly users: UserRepository
  readonly passwordHasher: PasswordHasher
  readonly verifyPassword: VerifyPassword
}

export function createAuthenticate(ports: AuthenticatePorts): Authenticate {
  const { users, passwordHasher, verifyPassword } = ports

  /** A better hash is a courtesy: when it cannot be made now, the next sign-in will. */
  async function rehash({ user, passwordHash }: NewUser, password: string): Promise<void> {
    const hashed = await passwordHasher.hash(password)
    if (hashed.status === 'hashed') {
      await users.replacePasswordHash(user.id, passwordHash, hashed.hash)
    }
  }

  return async function authenticate(credentials) {
    const check = await verifyPassword(credentials)
    if (check.status !== 'match') return check
    const { found, credentialsCheckedAt } = check
    if (check.needsRehash) await rehash(found, normalizePassword(credentials.password))
    return { status: 'authenticated', user: found.user, credentialsCheckedAt }
  }
}
