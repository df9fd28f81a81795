import type { Instant } from '../domain/time.ts'
import type { User } from '../domain/user.ts'

export type CreateInviteResult =
  /** The code is secret and kept nowhere: show it now. */
  | { readonly status: 'created'; readonly code: string; readonly expiresAt: Instant }
  /** Only the operator invites, and only with `SIGNUP=invite`. */
  | { readonly status: 'not-allowed' }

/** Makes a code with which one account can be made within 7 days. */
export type CreateInvite = (by: User) => Promise<CreateInviteResult>
