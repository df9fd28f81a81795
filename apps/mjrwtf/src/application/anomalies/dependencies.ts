import type { GeoLocator } from '../ports/client-detection.ts'
import type { SendMail } from '../ports/email.ts'
import type { NotificationRepository } from '../ports/notification-repository.ts'
import type { SecurityEventRepository } from '../ports/security-event-repository.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { StepUp, UserSessions } from '../ports/user-sessions.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'
import type { DescribeClient } from '../shared/describe-client.ts'

export interface AnomaliesDependencies {
  readonly securityEvents: Pick<SecurityEventRepository, 'list'>
  readonly sessions: Pick<UserSessions, 'list'>
  readonly users: Pick<UserRepository, 'find'>
  readonly notifications: Pick<NotificationRepository, 'claim'>
  readonly stepUp: StepUp
  readonly locateIp: GeoLocator
  readonly describeClient: DescribeClient
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly sendMail: SendMail
  /** Writes pending security events, because detection reads them from the database. Rejects if the database fails. */
  readonly flushSecurityEvents: () => Promise<void>
}
