import type { SuspensionReason } from '../../domain/suspension.ts'
import { isUserId, type User, type UserId } from '../../domain/user.ts'
import type { DirectoryUser } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'
import {
  type CreateResetLinkResult,
  createCreateResetLink,
  type OnboardUserDependencies,
} from './onboard-user.ts'
import {
  createDemoteUser,
  createPromoteUser,
  type DemoteUserResult,
  type OperatorRoleDependencies,
  type PromoteUserResult,
} from './operator-role.ts'
import {
  createReportOperatorAction,
  type ReportOperatorActionDependencies,
} from './report-operator-action.ts'
import {
  createRestoreUser,
  createSuspendUser,
  type RestoreUserResult,
  type SuspendUserDependencies,
  type SuspendUserResult,
} from './suspend-user.ts'
import { findUser } from './user-reference.ts'
import type { UserSummary } from './user-summary.ts'
import { createSummarizeUser } from './user-summary.ts'

/** Deletes an account permanently: `DeleteAccount` of the feature of accounts. */
type DeletesAccounts = (request: {
  readonly user: Pick<User, 'id' | 'email'>
  readonly confirmation: string
}) => Promise<{ readonly status: 'deleted' | 'not-confirmed' | 'others-remain' | 'not-found' }>

export type DeleteUserResult =
  | { readonly status: 'deleted'; readonly user: DirectoryUser }
  /** `not-confirmed`: not the email of the account. `operator`: the account of an administrator. Nothing changed. */
  | { readonly status: 'not-confirmed' | 'operator' | 'not-found' }

/** `operator`: an administrator gets one at the shell only, so that none can take over the account of another. */
export type ResetLinkResult = CreateResetLinkResult | { readonly status: 'operator' }

/**
 * What administrators do to accounts on the pages. Each function returns `not-found` for an acting user who is not an
 * administrator, and for an unknown id. The effects are those of the commands at the shell.
 */
export interface Administration {
  findUser(operator: User, id: UserId): Promise<UserSummary | null>
  /** At most 100 accounts whose email contains the text, newest first. */
  searchUsers(operator: User, text: string): Promise<readonly UserSummary[]>
  suspendUser(operator: User, id: UserId, reason: SuspensionReason): Promise<SuspendUserResult>
  restoreUser(operator: User, id: UserId): Promise<RestoreUserResult>
  createResetLink(operator: User, id: UserId): Promise<ResetLinkResult>
  /** `isHandOver`: the acting administrator gives up the role in the same step. */
  promoteUser(operator: User, id: UserId, isHandOver: boolean): Promise<PromoteUserResult>
  demoteUser(operator: User, id: UserId): Promise<DemoteUserResult>
  /** `confirmation`: the email of the account, as typed by the administrator. */
  deleteUser(operator: User, id: UserId, confirmation: string): Promise<DeleteUserResult>
}

type WithoutReport<Dependencies> = Omit<Dependencies, 'reportOperatorAction'>

export interface AdministrationDependencies
  extends WithoutReport<SuspendUserDependencies>,
    WithoutReport<OperatorRoleDependencies>,
    WithoutReport<OnboardUserDependencies>,
    ReportOperatorActionDependencies {
  readonly userDirectory: SuspendUserDependencies['userDirectory'] & SearchesUsers
  readonly users: OperatorRoleDependencies['users'] & OnboardUserDependencies['users']
  readonly sessions: SuspendUserDependencies['sessions'] & Pick<UserSessions, 'list'>
  readonly deleteAccount: DeletesAccounts
}

interface SearchesUsers {
  search(text: string, limit: number): Promise<readonly DirectoryUser[]>
}

const maxFoundUsers = 100
const notFound = { status: 'not-found' } as const

export function createAdministration(dependencies: AdministrationDependencies): Administration {
  const { userDirectory } = dependencies
  const reporting = {
    ...dependencies,
    reportOperatorAction: createReportOperatorAction(dependencies),
  }
  const summarize = createSummarizeUser(dependencies)
  const suspend = createSuspendUser(reporting)
  const restore = createRestoreUser(reporting)
  const promote = createPromoteUser(reporting)
  const demote = createDemoteUser(reporting)
  const issueLink = createCreateResetLink(reporting)
  const mayAct = (operator: User, id: UserId) => operator.isOperator && isUserId(id)

  return {
    async findUser(operator, id) {
      const user = mayAct(operator, id) ? await findUser(userDirectory, { id }) : null
      return user === null ? null : summarize(user)
    },
    async searchUsers(operator, text) {
      if (!operator.isOperator) return []
      const users = await userDirectory.search(text, maxFoundUsers)
      return Promise.all(users.map(summarize))
    },
    async suspendUser(operator, id, reason) {
      return mayAct(operator, id) ? suspend({ id }, reason) : notFound
    },
    async restoreUser(operator, id) {
      return mayAct(operator, id) ? restore({ id }) : notFound
    },
    async createResetLink(operator, id) {
      const user = mayAct(operator, id) ? await findUser(userDirectory, { id }) : null
      if (user === null) return notFound
      return user.isOperator ? { status: 'operator' } : issueLink({ id })
    },
    async promoteUser(operator, id, isHandOver) {
      return mayAct(operator, id) ? promote({ id }, { by: operator.id, isHandOver }) : notFound
    },
    async demoteUser(operator, id) {
      return mayAct(operator, id) ? demote({ id }, operator.id) : notFound
    },
    async deleteUser(operator, id, confirmation) {
      const user = mayAct(operator, id) ? await findUser(userDirectory, { id }) : null
      if (user === null) return notFound
      if (user.isOperator) return { status: 'operator' }
      const { status } = await dependencies.deleteAccount({ user, confirmation })
      if (status === 'deleted') return { status, user }
      return { status: status === 'others-remain' ? 'operator' : status }
    },
  }
}
