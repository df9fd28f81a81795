import type { Clock } from 'coatcheck'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { SendMail } from '../ports/email.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { DescribeClient } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { Throttle } from './attempt-throttle.ts'

export interface SignInDependencies {
  readonly users: UserRepository
  readonly passwordHasher: PasswordHasher
  readonly throttle: Throttle
  readonly limits: Pick<Limits, 'correctSignIn'>
  readonly notificationLimit: NotificationLimit
  readonly sendMail: SendMail
  readonly describeClient: DescribeClient
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}
