import type { Clock } from 'coatcheck'
import type { SecondFactorPolicy } from '../../domain/second-factor-policy.ts'
import type { UserId } from '../../domain/user.ts'
import type {
  GrantRoleResult,
  OperatorRoleRepository,
  WithdrawRoleResult,
} from '../ports/operator-role-repository.ts'
import type { DirectoryUser, UserRepository } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'
import type { ReportOperatorAction } from './report-operator-action.ts'
import { type FindsUsers, findUser, type UserReference } from './user-reference.ts'

/** Who gives or takes the role: an administrator on the pages, or `null` at the shell. */
export type RoleActor = UserId | null

export interface GrantRole {
  readonly by: RoleActor
  /** Whether `by` gives up the role in the same step. */
  readonly isHandOver: boolean
}

export type PromoteUserResult =
  | { readonly status: 'promoted'; readonly user: DirectoryUser }
  /** The role did not change. `no-strong-factor`: the policy requires one, and a phone alone is not enough. */
  | { readonly status: Exclude<GrantRoleResult, 'granted'> }

/**
 * Makes the account that of an administrator. All of its sessions, grants and tokens end: they were created for less, so
 * the role starts with a new sign-in (ASVS 5.0 V7.2.4). With a hand-over, the former administrator becomes a user like
 * others in the same step. Both are notified.
 */
export type PromoteUser = (user: UserReference, grant: GrantRole) => Promise<PromoteUserResult>

export type DemoteUserResult =
  | { readonly status: 'demoted'; readonly user: DirectoryUser }
  /** The role did not change. `last-operator`: no other administrator is left. */
  | { readonly status: Exclude<WithdrawRoleResult, 'withdrawn'> | 'not-found' }

/**
 * Withdraws the role from an administrator, who is a user like others with the next request, and is notified. The last
 * administrator always keeps it.
 */
export type DemoteUser = (user: UserReference, by: RoleActor) => Promise<DemoteUserResult>

export interface OperatorRoleDependencies {
  readonly userDirectory: FindsUsers
  readonly users: Pick<UserRepository, 'find'>
  readonly operatorRole: OperatorRoleRepository
  readonly sessions: Pick<UserSessions, 'endAllAtShell'>
  readonly secondFactorPolicy: SecondFactorPolicy
  readonly reportOperatorAction: ReportOperatorAction
  readonly clock: Clock
}

export function createPromoteUser(dependencies: OperatorRoleDependencies): PromoteUser {
  const { userDirectory, users, operatorRole, sessions, clock } = dependencies
  const { secondFactorPolicy, reportOperatorAction } = dependencies
  return async function promoteUser(reference, { by, isHandOver }) {
    const user = await findUser(userDirectory, reference)
    if (user === null) return { status: 'not-found' }
    const requiresStrongFactor = secondFactorPolicy !== 'off'
    const grant = { to: user.id, by, isHandOver, requiresStrongFactor, at: clock.now() }
    // A refusal ends no session.
    const preview = await operatorRole.previewGrant(grant)
    if (preview !== 'granted') return { status: preview }
    // Before, so that no session from then ever has the role, whatever fails.
    await sessions.endAllAtShell(user.id, 'ended-by-operator')
    const result = await operatorRole.grant(grant)
    if (result !== 'granted') return { status: result }
    reportOperatorAction(user, 'operator-role-received', null)
    const former = isHandOver && by !== null ? await users.find(by) : null
    if (former !== null) reportOperatorAction(former, 'operator-role-withdrawn', null)
    return { status: 'promoted', user }
  }
}

export function createDemoteUser(
  dependencies: Pick<
    OperatorRoleDependencies,
    'userDirectory' | 'operatorRole' | 'reportOperatorAction'
  >,
): DemoteUser {
  const { userDirectory, operatorRole, reportOperatorAction } = dependencies
  return async function demoteUser(reference, by) {
    const user = await findUser(userDirectory, reference)
    if (user === null) return { status: 'not-found' }
    const result = await operatorRole.withdraw({ from: user.id, by })
    if (result !== 'withdrawn') return { status: result }
    reportOperatorAction(user, 'operator-role-withdrawn', null)
    return { status: 'demoted', user }
  }
}
