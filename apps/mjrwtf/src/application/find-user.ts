import type { User, UserId } from '../domain/user.ts'
import type { UserRepository } from './ports/user-repository.ts'

/** The user as they are now: asked on every request, so that a removed account stops at once (ASVS 5.0 V7.4.2). */
export type FindUser = (id: UserId) => Promise<User | null>

/** The operator, for whom shared bearer tokens act; `null` until the first account exists. */
export type FindOperator = () => Promise<User | null>

export function createFindUser(ports: { readonly users: UserRepository }): FindUser {
  return function findUser(id) {
    return ports.users.find(id)
  }
}

export function createFindOperator(ports: { readonly users: UserRepository }): FindOperator {
  return function findOperator() {
    return ports.users.findOperator()
  }
}
