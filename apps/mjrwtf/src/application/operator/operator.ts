import { type CreateInvite, createCreateInvite } from './create-invite.ts'
import type { OperatorDependencies } from './dependencies.ts'
import {
  createEndAllUsersSessions,
  createEndUserSessions,
  type EndAllUsersSessions,
  type EndUserSessions,
} from './end-user-sessions.ts'
import { createListUsers, type ListUsers } from './list-users.ts'

/** Actions of the operator on the accounts of all users. */
export interface Operator {
  readonly listUsers: ListUsers
  readonly endUserSessions: EndUserSessions
  readonly endAllUsersSessions: EndAllUsersSessions
  readonly createInvite: CreateInvite
}

export function createOperator(dependencies: OperatorDependencies): Operator {
  return {
    listUsers: createListUsers(dependencies),
    endUserSessions: createEndUserSessions(dependencies),
    endAllUsersSessions: createEndAllUsersSessions(dependencies),
    createInvite: createCreateInvite(dependencies),
  }
}
