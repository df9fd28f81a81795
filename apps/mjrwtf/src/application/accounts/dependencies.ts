import type { Clock } from 'coatcheck'
import type { SignUpMode, UserId } from '../../domain/user.ts'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { GetEmailStatus } from '../email/verification.ts'
import type { ValidateNewPassword } from '../passwords/validate-new-password.ts'
import type { AccountArchive, AccountRepository } from '../ports/account-repository.ts'
import type { ConnectedApp } from '../ports/connected-grants.ts'
import type { EmailRequestSink, SendMail } from '../ports/email.ts'
import type { FactorRepository } from '../ports/factor-repository.ts'
import type { IdentityRepository } from '../ports/identity-repository.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { PersonalTokenRepository } from '../ports/personal-token-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { TrustedBrowserRepository } from '../ports/trusted-browser-repository.ts'
import type {
  InviteRepository,
  SetUpCodeRepository,
  UserRepository,
} from '../ports/user-repository.ts'
import type { StaleSessions, UserSessions } from '../ports/user-sessions.ts'
import type { DescribeLocation } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { Throttle } from '../sign-in/attempt-throttle.ts'
import type { RemoveAccountData } from './remove-account-data.ts'

export interface AccountsDependencies {
  readonly accounts: AccountRepository
  readonly accountArchive: AccountArchive
  readonly users: UserRepository
  readonly setUpCodes: SetUpCodeRepository
  readonly invites: Pick<InviteRepository, 'isUsable'>
  readonly sessions: Pick<UserSessions, 'list'>
  readonly factors: Pick<FactorRepository, 'list'>
  readonly trustedBrowsers: Pick<TrustedBrowserRepository, 'list'>
  readonly personalTokens: Pick<PersonalTokenRepository, 'list'>
  readonly listConnectedApps: (userId: UserId) => Promise<readonly ConnectedApp[]>
  readonly identities: Pick<IdentityRepository, 'list'>
  readonly staleSessions: Pick<StaleSessions, 'end'>
  readonly passwordHasher: PasswordHasher
  readonly validateNewPassword: ValidateNewPassword
  readonly throttle: Throttle
  readonly limits: Pick<Limits, 'signUp' | 'signUpByInvite' | 'export'>
  readonly getEmailStatus: GetEmailStatus
  readonly notificationLimit: NotificationLimit
  readonly sendMail: SendMail
  readonly requestEmail: EmailRequestSink
  readonly describeLocation: DescribeLocation
  /** Writes pending security events. Rejects if the database fails. */
  readonly flushSecurityEvents: () => Promise<void>
  readonly removeAccountData: RemoveAccountData
  readonly secrets: Secrets
  readonly clock: Clock
  readonly signUpMode: SignUpMode
}
