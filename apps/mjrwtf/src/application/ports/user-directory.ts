import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** Somebody with an account, as the operator may see them. */
export interface DirectoryUser {
  readonly id: UserId
  readonly email: string
  readonly createdAt: Instant
  readonly isOperator: boolean
  /** The latest in their security log, or `null`: none within a year. */
  readonly lastSignedInAt: Instant | null
}

export interface ListUsersRequest {
  /** 1 to 100. */
  readonly limit: number
  /** 0 or more. */
  readonly offset: number
}

export interface UserPage {
  /** Newest account first. */
  readonly users: readonly DirectoryUser[]
  /** How many there are on all pages. */
  readonly total: number
}

/** Who has an account: for the operator alone. Rejects with `RepositoryError` only. */
export interface UserDirectory {
  list(request: ListUsersRequest): Promise<UserPage>
  /** Up to `limit` ids in their order, after the one given; an empty list is the end. */
  ids(after: UserId | null, limit: number): Promise<readonly UserId[]>
}
