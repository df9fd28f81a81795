import type { Instant } from '../../domain/time.ts'
import { isGrantStale, type User, type UserId } from '../../domain/user.ts'
import type { UserGrants } from '../ports/grants.ts'
import type { UserRepository } from '../ports/user-repository.ts'

/** A grant whose token was presented. */
interface PresentedGrant {
  readonly grantId: string
  readonly userId: UserId
  readonly createdAt: Instant
}

/**
 * Reads the user for whom an active grant acts, or returns `null` if it may not act: the account was deleted, or the
 * password was changed after the grant was issued, and the grant could not be ended then. Ends it now (ASVS 5.0 V7.4.2).
 */
export type FindGrantUser = (grant: PresentedGrant) => Promise<User | null>

export interface FindGrantUserDependencies {
  readonly grants: Pick<UserGrants, 'end'>
  readonly users: Pick<UserRepository, 'find'>
}

export function createFindGrantUser({ grants, users }: FindGrantUserDependencies): FindGrantUser {
  return async function findGrantUser(grant) {
    const { grantId, userId } = grant
    const user = await users.find(userId)
    if (user === null) return null
    if (!isGrantStale(user, grant)) return user
    await grants.end(userId, grantId, 'password-changed')
    return null
  }
}
