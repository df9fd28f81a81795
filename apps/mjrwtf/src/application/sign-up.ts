import type { Busy, Invalid, Throttled } from '../domain/refusals.ts'
import type { User } from '../domain/user.ts'

export interface SignUpRequest {
  readonly email: string
  readonly password: string
  /** The invite's code, or `null` when the visitor came without one. */
  readonly invite: string | null
  readonly ipAddress: string | null
}

export type SignUpResult =
  | { readonly status: 'created'; readonly user: User }
  /** An address that is taken is an invalid `email`. */
  | Invalid<'email' | 'password'>
  /** Registration is not open to this visitor: closed, or the invite is unknown, used or expired. */
  | { readonly status: 'closed' }
  | Throttled
  | Busy

/** Makes an account where `SIGNUP` (or an invite) allows it. One invite makes one account. */
export type SignUp = (request: SignUpRequest) => Promise<SignUpResult>

/** Whether the sign-up page is open to a visitor with this invite code (`null`: with none). Reads only. */
export type MaySignUp = (invite: string | null) => Promise<boolean>
