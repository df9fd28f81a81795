import type { Clock } from 'coatcheck'
import type { EmailRequestSink, SendMail } from '../ports/email.ts'
import type { EmailChangeRepository } from '../ports/email-change-repository.ts'
import type { EmailTokenRepository } from '../ports/email-token-repository.ts'
import type { FactorRemovalRepository } from '../ports/factor-removal-repository.ts'
import type { NotificationRepository } from '../ports/notification-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface EmailDependencies {
  readonly users: Pick<UserRepository, 'findByEmail'>
  readonly emailTokens: EmailTokenRepository
  readonly emailChanges: EmailChangeRepository
  readonly factorRemovals: Pick<FactorRemovalRepository, 'findByLink' | 'cancel'>
  readonly notifications: Pick<NotificationRepository, 'claim'>
  readonly limits: Pick<
    Limits,
    'requestedEmail' | 'unconfirmedMailbox' | 'checkUnconfirmedMailbox' | 'invalidLink'
  >
  readonly requestEmail: EmailRequestSink
  readonly sendMail: SendMail
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly secrets: Pick<Secrets, 'code' | 'hash' | 'id'>
  readonly clock: Clock
}
