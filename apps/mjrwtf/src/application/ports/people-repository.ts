import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** Somebody with an account, as the operator may see them. */
export interface Person {
  readonly id: UserId
  readonly email: string
  readonly createdAt: Instant
  readonly isOperator: boolean
  /** The latest in their security log, or `null`: none within a year. */
  readonly lastSignedInAt: Instant | null
}

export interface ListPeopleRequest {
  /** 1 to 100. */
  readonly limit: number
  /** 0 or more. */
  readonly offset: number
}

export interface PeoplePage {
  /** Newest account first. */
  readonly people: readonly Person[]
  /** How many there are on all pages. */
  readonly total: number
}

/** Who has an account: for the operator alone. Rejects with `RepositoryError` only. */
export interface PeopleRepository {
  list(request: ListPeopleRequest): Promise<PeoplePage>
  /** Up to `limit` ids in their order, after the one given; an empty list is the end. */
  ids(after: UserId | null, limit: number): Promise<readonly UserId[]>
}
