import type { Clock } from 'coatcheck'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { SendMail } from '../ports/email.ts'
import type { PersonalTokenRepository, TokenUse } from '../ports/personal-token-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { DescribeClient, DescribeLocation } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'

/** Queues a use for the list of tokens. Returns immediately: a request never waits for it. */
export type TokenUseSink = (use: TokenUse) => void

export interface PersonalTokensDependencies {
  readonly personalTokens: PersonalTokenRepository
  readonly addTokenUse: TokenUseSink
  readonly limits: Pick<Limits, 'personalToken'>
  readonly notificationLimit: NotificationLimit
  readonly describeClient: DescribeClient
  readonly describeLocation: DescribeLocation
  readonly sendMail: SendMail
  readonly secrets: Pick<Secrets, 'bytes' | 'hash'>
  readonly clock: Clock
}
