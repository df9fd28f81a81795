import type { Clock } from 'coatcheck'
import type { CheckEmailToken } from '../email/check-email-token.ts'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { EmailRequestSink, SendMail } from '../ports/email.ts'
import type { EmailTokenRepository } from '../ports/email-token-repository.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { StaleSessions } from '../ports/user-sessions.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { Throttle } from '../sign-in/attempt-throttle.ts'
import type { VerifyPassword } from '../sign-in/authenticate.ts'
import type { ValidateNewPassword } from './validate-new-password.ts'

export interface PasswordsDependencies {
  readonly users: Pick<UserRepository, 'changePassword'>
  readonly emailTokens: Pick<EmailTokenRepository, 'find' | 'resetPassword'>
  readonly staleSessions: Pick<StaleSessions, 'endOthers'>
  readonly passwordHasher: PasswordHasher
  readonly verifyPassword: VerifyPassword
  readonly validateNewPassword: ValidateNewPassword
  readonly throttle: Throttle
  readonly limits: Pick<
    Limits,
    | 'resetRequest'
    | 'passwordChange'
    | 'checkPasswordChanges'
    | 'passwordReset'
    | 'checkPasswordResets'
  >
  readonly checkEmailToken: CheckEmailToken
  readonly notificationLimit: NotificationLimit
  readonly sendMail: SendMail
  readonly requestEmail: EmailRequestSink
  readonly secrets: Pick<Secrets, 'hash' | 'id'>
  readonly clock: Clock
}
