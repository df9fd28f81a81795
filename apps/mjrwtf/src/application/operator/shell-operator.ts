import type { SendMail } from '../ports/email.ts'
import type { UserDirectory } from '../ports/user-repository.ts'
import {
  type CreateResetLink,
  type CreateUser,
  createCreateResetLink,
  createCreateUser,
  type OnboardUserDependencies,
} from './onboard-user.ts'
import {
  createDemoteUser,
  createPromoteUser,
  type DemoteUser,
  type OperatorRoleDependencies,
  type PromoteUser,
} from './operator-role.ts'
import { createReportOperatorAction } from './report-operator-action.ts'
import {
  createRestoreUser,
  createSuspendUser,
  type RestoreUser,
  type SuspendUser,
  type SuspendUserDependencies,
} from './suspend-user.ts'
import {
  createTakeDownLinks,
  type TakeDownLinks,
  type TakeDownLinksDependencies,
} from './take-down-links.ts'
import {
  createUserCredentials,
  type UserCredentials,
  type UserCredentialsDependencies,
} from './user-credentials.ts'

/**
 * What the operator does to users and links at the shell of the server. No page calls it: access to the database is the
 * authorization. The server may be running.
 */
export interface ShellOperator extends UserCredentials, TakeDownLinks {
  readonly findUser: UserDirectory['findByEmail']
  readonly suspendUser: SuspendUser
  readonly restoreUser: RestoreUser
  readonly promoteUser: PromoteUser
  readonly demoteUser: DemoteUser
  readonly createUser: CreateUser
  readonly createResetLink: CreateResetLink
}

type WithoutReport<Dependencies> = Omit<Dependencies, 'reportOperatorAction'>

export interface ShellOperatorDependencies
  extends WithoutReport<SuspendUserDependencies>,
    WithoutReport<OperatorRoleDependencies>,
    WithoutReport<OnboardUserDependencies>,
    WithoutReport<TakeDownLinksDependencies>,
    UserCredentialsDependencies {
  readonly userDirectory: SuspendUserDependencies['userDirectory']
  readonly sessions: SuspendUserDependencies['sessions'] & UserCredentialsDependencies['sessions']
  readonly users: OperatorRoleDependencies['users'] & OnboardUserDependencies['users']
  readonly sendMail: SendMail
}

export function createShellOperator(dependencies: ShellOperatorDependencies): ShellOperator {
  const reportOperatorAction = createReportOperatorAction(dependencies)
  const reporting = { ...dependencies, reportOperatorAction }
  return {
    ...createUserCredentials(dependencies),
    ...createTakeDownLinks(reporting),
    findUser: (email) => dependencies.userDirectory.findByEmail(email),
    suspendUser: createSuspendUser(reporting),
    restoreUser: createRestoreUser(reporting),
    promoteUser: createPromoteUser(reporting),
    demoteUser: createDemoteUser(reporting),
    createUser: createCreateUser(reporting),
    createResetLink: createCreateResetLink(reporting),
  }
}
