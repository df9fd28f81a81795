import type { Clock } from 'coatcheck'
import type { ClientApplication } from '../../domain/client-application.ts'
import { timeZoneOf } from '../../domain/preferences.ts'
import type { Scope } from '../../domain/scope.ts'
import type { UserId } from '../../domain/user.ts'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { SendMail } from '../ports/email.ts'
import type { Log } from '../ports/log.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'
import type { ClientInfo, DescribeClient } from '../shared/describe-client.ts'

/** A client application that got access to an account. */
export interface ConnectedAppReport {
  readonly userId: UserId
  readonly client: Pick<ClientApplication, 'id' | 'name'>
  readonly scopes: readonly Scope[]
  /** Where the request came from: the application, or the device that it runs on. */
  readonly from: ClientInfo
}

/**
 * Call it after a client application received its first tokens. Records the security event, and notifies the user by
 * email (ASVS 5.0 V6.3.7). Never rejects: the tokens were issued.
 */
export type ReportConnectedApp = (report: ConnectedAppReport) => Promise<void>

export interface ReportConnectedAppDependencies {
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly sendMail: SendMail
  readonly notificationLimit: NotificationLimit
  readonly describeClient: DescribeClient
  readonly users: Pick<UserRepository, 'find'>
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
}

export function createReportConnectedApp(
  dependencies: ReportConnectedAppDependencies,
): ReportConnectedApp {
  const { recordSecurityEvent, sendMail, notificationLimit, describeClient } = dependencies
  const { users, clock, log } = dependencies

  async function notify({ userId, client, scopes, from }: ConnectedAppReport): Promise<void> {
    const user = await users.find(userId)
    if (user === null) return
    const budget = await notificationLimit.budgetFor(user)
    if (!(await notificationLimit.allows('app-connected', budget))) return
    const { name } = client
    const content = { name, scopes, at: clock.now(), from: describeClient(from) }
    sendMail(user.email, { kind: 'app-connected', ...content }, timeZoneOf(user))
  }

  return async function reportConnectedApp(report) {
    const { userId, client, from } = report
    const { ipAddress, userAgent } = from
    recordSecurityEvent({
      ...{ userId, kind: 'grant-created', detail: client.name },
      ...{ ipAddress, userAgent },
    })
    try {
      await notify(report)
    } catch (error) {
      log.warn({ error, userId, clientId: client.id }, 'no email about a connected app')
    }
  }
}
