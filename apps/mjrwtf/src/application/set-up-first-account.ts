import type { Busy, Invalid, Throttled } from '../domain/refusals.ts'
import type { User } from '../domain/user.ts'

export interface FirstAccount {
  readonly code: string
  readonly email: string
  readonly password: string
  /** Where the request came from, for the throttle. */
  readonly ipAddress: string | null
}

export type SetUpFirstAccountResult =
  | { readonly status: 'created'; readonly user: User }
  | Invalid<'email' | 'password'>
  /** Not a code of ours, or one that has expired. */
  | { readonly status: 'wrong-code' }
  /** Somebody has an account: there is nothing to set up (404). */
  | { readonly status: 'gone' }
  | Throttled
  | Busy

/** Makes the first account, the operator's. Of any number at once exactly one succeeds. */
export type SetUpFirstAccount = (account: FirstAccount) => Promise<SetUpFirstAccountResult>
