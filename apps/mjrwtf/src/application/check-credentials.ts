import type { Busy, Throttled } from '../domain/refusals.ts'
import type { Instant } from '../domain/time.ts'
import type { User } from '../domain/user.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
  readonly ipAddress: string | null
}

export type CheckCredentialsResult =
  | {
      readonly status: 'authenticated'
      readonly user: User
      /** For the session library's `credentialsCheckedAt`. */
      readonly credentialsCheckedAt: Instant
    }
  /** Unknown address or wrong password: never told apart, in words or in time. */
  | { readonly status: 'wrong' }
  | Throttled
  | Busy

/**
 * Decides whether somebody is who they say. Every call counts as a failure until it has succeeded,
 * so parallel guesses are counted one by one.
 */
export type CheckCredentials = (credentials: Credentials) => Promise<CheckCredentialsResult>
