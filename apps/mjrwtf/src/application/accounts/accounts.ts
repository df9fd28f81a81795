import type { Clock } from 'coatcheck'
import type { GetEmailStatus } from '../email/get-email-status.ts'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { ValidateNewPassword } from '../passwords/validate-new-password.ts'
import type { AccountArchive, AccountRepository } from '../ports/account-repository.ts'
import type { EmailRequestSink, SendMail } from '../ports/email.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { Secrets } from '../ports/secrets.ts'
import type {
  InviteRepository,
  SetUpCodeRepository,
  UserRepository,
} from '../ports/user-repository.ts'
import type { StaleSessions, UserSessions } from '../ports/user-sessions.ts'
import type { DescribeLocation } from '../shared/describe-location.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { Throttle } from '../sign-in/attempt-throttle.ts'
import {
  createDeleteAccount,
  createIsDeletionBlocked,
  type DeleteAccount,
  type IsDeletionBlocked,
} from './delete-account.ts'
import { createExportAccount, type ExportAccount } from './export-account.ts'
import {
  createFindOperator,
  createFindUser,
  type FindOperator,
  type FindUser,
} from './find-user.ts'
import { createIssueSetUpCode, type IssueSetUpCode } from './issue-set-up-code.ts'
import { createNeedsSetUp, type NeedsSetUp } from './needs-set-up.ts'
import { createSetUpFirstAccount, type SetUpFirstAccount } from './set-up-first-account.ts'
import {
  createMaySignUp,
  createSignUp,
  type MaySignUp,
  type SignUp,
  type SignUpMode,
} from './sign-up.ts'

/** Creates, finds, exports and deletes accounts. */
export interface Accounts {
  readonly needsSetUp: NeedsSetUp
  readonly issueSetUpCode: IssueSetUpCode
  readonly setUp: SetUpFirstAccount
  readonly maySignUp: MaySignUp
  readonly signUp: SignUp
  readonly findSessionUser: FindUser
  readonly findOperator: FindOperator
  readonly export: ExportAccount
  readonly isDeletionBlocked: IsDeletionBlocked
  readonly delete: DeleteAccount
}

export interface AccountsDependencies {
  readonly accounts: AccountRepository
  readonly accountArchive: AccountArchive
  readonly users: UserRepository
  readonly setUpCodes: SetUpCodeRepository
  readonly invites: Pick<InviteRepository, 'isUsable'>
  readonly sessions: Pick<UserSessions, 'list'>
  readonly staleSessions: Pick<StaleSessions, 'end'>
  readonly passwordHasher: PasswordHasher
  readonly validateNewPassword: ValidateNewPassword
  readonly throttle: Throttle
  readonly limits: Limits
  readonly getEmailStatus: GetEmailStatus
  readonly notificationLimit: NotificationLimit
  readonly sendMail: SendMail
  readonly requestEmail: EmailRequestSink
  readonly describeLocation: DescribeLocation
  /** Writes pending security events. Rejects if the database fails. */
  readonly flushSecurityEvents: () => Promise<void>
  readonly secrets: Secrets
  readonly clock: Clock
  readonly signUpMode: SignUpMode
}

export function createAccounts(dependencies: AccountsDependencies): Accounts {
  return {
    needsSetUp: createNeedsSetUp(dependencies),
    issueSetUpCode: createIssueSetUpCode(dependencies),
    setUp: createSetUpFirstAccount(dependencies),
    maySignUp: createMaySignUp(dependencies),
    signUp: createSignUp(dependencies),
    findSessionUser: createFindUser(dependencies),
    findOperator: createFindOperator(dependencies),
    export: createExportAccount(dependencies),
    isDeletionBlocked: createIsDeletionBlocked(dependencies),
    delete: createDeleteAccount(dependencies),
  }
}
