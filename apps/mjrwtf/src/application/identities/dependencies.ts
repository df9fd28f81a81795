import type { Clock } from 'coatcheck'
import type { SignUpMode } from '../../domain/user.ts'
import type { MaySignUp } from '../accounts/sign-up.ts'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { SendMail } from '../ports/email.ts'
import type { IdentityRepository, ProviderSessionRepository } from '../ports/identity-repository.ts'
import type { ProviderLogoutRepository } from '../ports/provider-logout-repository.ts'
import type { SignInProviders } from '../ports/providers.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'
import type { DescribeClient } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface IdentitiesDependencies {
  readonly identities: IdentityRepository
  readonly providerSessions: ProviderSessionRepository
  readonly providerLogouts: Pick<ProviderLogoutRepository, 'isLoggedOut'>
  readonly providers: SignInProviders
  readonly users: Pick<UserRepository, 'find' | 'findByEmail' | 'isSuspended'>
  readonly sessions: Pick<UserSessions, 'end'>
  readonly maySignUp: MaySignUp
  readonly limits: Pick<Limits, 'correctSignIn' | 'signUp' | 'signUpByInvite'>
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly sendMail: SendMail
  readonly notificationLimit: NotificationLimit
  readonly describeClient: DescribeClient
  readonly secrets: Pick<Secrets, 'id' | 'hash'>
  readonly clock: Clock
  readonly signUpMode: SignUpMode
}
