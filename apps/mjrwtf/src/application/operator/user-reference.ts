import type { UserId } from '../../domain/user.ts'
import type { DirectoryUser, UserDirectory } from '../ports/user-repository.ts'

/** How an administrator names a user: at the shell by email, on the pages by id. */
export type UserReference = { readonly email: string } | { readonly id: UserId }

export type FindsUsers = Pick<UserDirectory, 'find' | 'findByEmail'>

/** Finds the user, also a suspended one. */
export function findUser(
  userDirectory: FindsUsers,
  user: UserReference,
): Promise<DirectoryUser | null> {
  return 'id' in user ? userDirectory.find(user.id) : userDirectory.findByEmail(user.email)
}
