import type { Instant } from './time.ts'

/** Opaque: 16 random bytes as 22 characters of base64url. */
export type UserId = string

/** Someone with an account. Holds no secret. */
export interface User {
  readonly id: UserId
  /** As typed at sign-up, without surrounding white space; compare with `emailKey`, never directly. */
  readonly email: string
  readonly createdAt: Instant
  /** The first account. Shared bearer tokens act for it, and it makes invites. */
  readonly isOperator: boolean
}
