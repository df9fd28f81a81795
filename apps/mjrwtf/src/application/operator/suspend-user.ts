import type { Clock } from 'coatcheck'
import type { SuspensionReason } from '../../domain/suspension.ts'
import type { SuspensionRepository } from '../ports/suspension-repository.ts'
import type { DirectoryUser } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'
import type { ReportOperatorAction } from './report-operator-action.ts'
import { type FindsUsers, findUser, type UserReference } from './user-reference.ts'

export type SuspendUserResult =
  | { readonly status: 'suspended'; readonly user: DirectoryUser; readonly endedSessions: number }
  /** Everything that was left of its sessions has ended too. `user` has the suspension. */
  | { readonly status: 'already-suspended'; readonly user: DirectoryUser }
  /** The account of an administrator. Nothing changed. */
  | { readonly status: 'operator' }
  | { readonly status: 'not-found' }

/**
 * Suspends the account, from this instant, in every process: all sessions, grants of apps, sign-ins in
 * progress, personal access tokens, email links and trusted browsers end, and no way in is accepted until `RestoreUser`.
 * Links keep redirecting. Notifies the user. If it rejects, a repeated call completes it; once the account is suspended,
 * nothing that was left can be used.
 */
export type SuspendUser = (
  user: UserReference,
  reason: SuspensionReason,
) => Promise<SuspendUserResult>

export type RestoreUserResult =
  | { readonly status: 'restored' | 'not-suspended'; readonly user: DirectoryUser }
  | { readonly status: 'not-found' }

/**
 * Ends the suspension of the account, and notifies the user, who signs in again with the same password
 * and second factors. Nothing that was created before or during the suspension becomes usable again.
 */
export type RestoreUser = (user: UserReference) => Promise<RestoreUserResult>

export interface SuspendUserDependencies {
  readonly userDirectory: FindsUsers
  readonly suspensions: SuspensionRepository
  readonly sessions: Pick<UserSessions, 'endAllAtShell'>
  readonly reportOperatorAction: ReportOperatorAction
  readonly clock: Clock
}

export function createSuspendUser(dependencies: SuspendUserDependencies): SuspendUser {
  const { userDirectory, suspensions, sessions, reportOperatorAction, clock } = dependencies
  return async function suspendUser(reference, reason) {
    const user = await findUser(userDirectory, reference)
    if (user === null) return { status: 'not-found' }
    const status = await suspensions.suspend({ userId: user.id, reason, at: clock.now() })
    if (status === 'operator' || status === 'not-found') return { status }
    // Before the sessions: their end may fail, and the account is suspended by now.
    if (status === 'suspended') reportOperatorAction(user, 'account-suspended', reason)
    const endedSessions = await sessions.endAllAtShell(user.id, 'account-suspended')
    return { status, user, endedSessions }
  }
}

/** Sessions end first: a sign-in from before the suspension is refused by the store afterwards, whenever it arrives. */
export function createRestoreUser(dependencies: SuspendUserDependencies): RestoreUser {
  const { userDirectory, suspensions, sessions, reportOperatorAction } = dependencies
  return async function restoreUser(reference) {
    const user = await findUser(userDirectory, reference)
    if (user === null) return { status: 'not-found' }
    if (user.suspension === null) return { status: 'not-suspended', user }
    await sessions.endAllAtShell(user.id, 'account-suspended')
    const end = { userId: user.id, suspendedAt: user.suspension.at }
    if (!(await suspensions.restore(end))) return { status: 'not-suspended', user }
    reportOperatorAction(user, 'account-restored', null)
    return { status: 'restored', user }
  }
}
