import type { Clock } from 'coatcheck'
import type { SecondFactorPolicy } from '../../domain/second-factor-policy.ts'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { DeviceDetector } from '../ports/client-detection.ts'
import type { SendMail } from '../ports/email.ts'
import type { FactorRepository } from '../ports/factor-repository.ts'
import type { PasswordHasher } from '../ports/passwords.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { TrustedBrowserRepository } from '../ports/trusted-browser-repository.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { CodeChecks } from '../second-factors/check-factor.ts'
import type { DescribeClient } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { Throttle } from './attempt-throttle.ts'

export interface SignInDependencies {
  readonly users: UserRepository
  readonly factors: Pick<FactorRepository, 'list'>
  readonly codeChecks: CodeChecks
  readonly trustedBrowsers: TrustedBrowserRepository
  readonly secondFactorPolicy: SecondFactorPolicy
  readonly passwordHasher: PasswordHasher
  readonly throttle: Throttle
  readonly limits: Pick<Limits, 'correctSignIn'>
  readonly notificationLimit: NotificationLimit
  readonly sendMail: SendMail
  readonly describeClient: DescribeClient
  readonly detectDevice: DeviceDetector
  readonly secrets: Pick<Secrets, 'id' | 'code' | 'hash'>
  readonly clock: Clock
}
