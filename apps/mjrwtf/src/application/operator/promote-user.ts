import type { SecondFactorPolicy } from '../../domain/second-factor-policy.ts'
import type { OperatorRoleRepository } from '../ports/operator-role-repository.ts'
import type { DirectoryUser, UserDirectory, UserRepository } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'
import type { ReportOperatorAction } from './report-operator-action.ts'

export type PromoteUserResult =
  | { readonly status: 'promoted'; readonly user: DirectoryUser; readonly formerEmail: string }
  /** The role did not change. `no-strong-factor`: the policy requires one, and a phone alone is not enough. */
  | { readonly status: 'already-operator' | 'suspended' | 'no-strong-factor' | 'not-found' }

/**
 * Hands over the role of the operator to the account with that email. The former operator becomes a user like others at
 * once. All sessions, grants and tokens of the new one end: they were created for less, so the role starts with a new
 * sign-in (ASVS 5.0 V7.2.4). Both are notified.
 */
export type PromoteUser = (email: string) => Promise<PromoteUserResult>

export interface PromoteUserDependencies {
  readonly userDirectory: Pick<UserDirectory, 'findByEmail'>
  readonly users: Pick<UserRepository, 'find'>
  readonly operatorRole: OperatorRoleRepository
  readonly sessions: Pick<UserSessions, 'endAllAtShell'>
  readonly secondFactorPolicy: SecondFactorPolicy
  readonly reportOperatorAction: ReportOperatorAction
}

export function createPromoteUser(dependencies: PromoteUserDependencies): PromoteUser {
  const { userDirectory, users, operatorRole, sessions } = dependencies
  const { secondFactorPolicy, reportOperatorAction } = dependencies
  return async function promoteUser(email) {
    const user = await userDirectory.findByEmail(email)
    if (user === null) return { status: 'not-found' }
    if (user.isOperator) return { status: 'already-operator' }
    const request = { to: user.id, requiresStrongFactor: secondFactorPolicy !== 'off' }
    // A refusal ends no session.
    const preview = await operatorRole.previewHandOver(request)
    if (preview.status !== 'handed-over') return { status: preview.status }
    // Before, so that no session from then ever has the role, whatever fails.
    await sessions.endAllAtShell(user.id, 'ended-by-operator')
    const result = await operatorRole.handOver(request)
    if (result.status !== 'handed-over') return { status: result.status }
    reportOperatorAction(user, 'operator-role-received', null)
    const former = await users.find(result.from)
    if (former !== null) reportOperatorAction(former, 'operator-role-passed-on', null)
    return { status: 'promoted', user, formerEmail: former?.email ?? '' }
  }
}
