import type { Clock } from 'coatcheck'
import type { SignUpMode } from '../accounts/sign-up.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { InviteRepository, UserDirectory, UserRepository } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'
import type { Limits } from '../shared/rate-limits.ts'
import { type CreateInvite, createCreateInvite } from './create-invite.ts'
import {
  createEndAllUsersSessions,
  createEndUserSessions,
  type EndAllUsersSessions,
  type EndUserSessions,
} from './end-user-sessions.ts'
import { createListUsers, type ListUsers } from './list-users.ts'

/** Actions of the operator on other users' accounts. */
export interface Operator {
  readonly listUsers: ListUsers
  readonly endUserSessions: EndUserSessions
  readonly endAllUsersSessions: EndAllUsersSessions
  readonly createInvite: CreateInvite
}

export interface OperatorDependencies {
  readonly userDirectory: UserDirectory
  readonly users: Pick<UserRepository, 'find'>
  readonly invites: Pick<InviteRepository, 'add'>
  readonly sessions: Pick<UserSessions, 'list' | 'endAllByOperator'>
  readonly limits: Pick<Limits, 'invite'>
  readonly secrets: Secrets
  readonly clock: Clock
  readonly signUpMode: SignUpMode
}

export function createOperator(dependencies: OperatorDependencies): Operator {
  return {
    listUsers: createListUsers(dependencies),
    endUserSessions: createEndUserSessions(dependencies),
    endAllUsersSessions: createEndAllUsersSessions(dependencies),
    createInvite: createCreateInvite(dependencies),
  }
}
