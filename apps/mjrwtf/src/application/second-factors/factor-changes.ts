import type { Clock } from 'coatcheck'
import { timeZoneOf } from '../../domain/preferences.ts'
import type { SecondFactorKind } from '../../domain/second-factor.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { FactorChangeEvent, SendMail } from '../ports/email.ts'
import type { TrustedBrowserRepository } from '../ports/trusted-browser-repository.ts'
import type { PendingSignIns } from '../ports/user-sessions.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'
import type { DescribeClient } from '../shared/describe-client.ts'

/** A change of the factors of a user, after it was stored. */
export interface FactorChange {
  readonly user: Pick<User, 'id' | 'email' | 'preferences'>
  readonly event: FactorChangeEvent
  /** `null` for all factors at once. */
  readonly kind: SecondFactorKind | 'recovery-code' | null
  /** Of the factor; of a phone, its number with only the last digits. `null` if it has none. */
  readonly name: string | null
  /** The session in which the user made the change, and its client; `null` if there is none. */
  readonly sessionId: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
  /** After a recovery code was used: how many are left. */
  readonly unusedCodes?: number
}

/**
 * Call it after each change of the factors of a user. Records the security event, notifies the user by email (ASVS 5.0
 * V6.3.7), and ends pending sign-ins and the trust in browsers unless the change is only a name or a used recovery code.
 * Rejects only if these cannot be ended; never because of the email, which is sent before.
 */
export type ReportFactorChange = (change: FactorChange) => Promise<void>

export interface FactorChangeDependencies {
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly sendMail: SendMail
  readonly notificationLimit: NotificationLimit
  readonly describeClient: DescribeClient
  readonly trustedBrowsers: Pick<TrustedBrowserRepository, 'endAll'>
  readonly pendingSignIns: PendingSignIns
  readonly clock: Clock
}

/** The changes after which a sign-in needs no other factors than before. */
const harmlessChanges: ReadonlySet<FactorChangeEvent> = new Set([
  'second-factor-renamed',
  'recovery-code-used',
])

export function createReportFactorChange(
  dependencies: FactorChangeDependencies,
): ReportFactorChange {
  const { recordSecurityEvent, sendMail, notificationLimit, describeClient } = dependencies
  const { trustedBrowsers, pendingSignIns, clock } = dependencies

  /** An email that cannot be counted is sent: it may be the only sign of a stolen session. */
  async function isWithinLimit({ user, event }: FactorChange): Promise<boolean> {
    try {
      return await notificationLimit.allows(event, await notificationLimit.budgetFor(user))
    } catch {
      return true
    }
  }

  async function notify(change: FactorChange, at: number): Promise<void> {
    if (!(await isWithinLimit(change))) return
    const { user, event, kind, name, unusedCodes = null, ...client } = change
    const from = describeClient(client)
    const content = { change: event, factor: kind, name, unusedCodes, at, from }
    sendMail(user.email, { kind: 'factor-changed', ...content }, timeZoneOf(user))
  }

  /** Each is tried even if the other fails. */
  async function endTrust(userId: UserId): Promise<void> {
    const results = await Promise.allSettled([
      trustedBrowsers.endAll(userId, null),
      pendingSignIns.endForUser(userId),
    ])
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  return async function reportFactorChange(change) {
    const { user, event, kind, name, unusedCodes: _, ...client } = change
    const detail = name === null ? kind : `${kind} ${name}`
    recordSecurityEvent({ userId: user.id, kind: event, detail, ...client })
    await notify(change, clock.now())
    if (!harmlessChanges.has(event)) await endTrust(user.id)
  }
}
