import type { Identity } from '../../domain/identity.ts'
import { timeZoneOf } from '../../domain/preferences.ts'
import type { User } from '../../domain/user.ts'
import type { NotificationBudget } from '../email/notification-limit.ts'
import { providerName } from '../ports/providers.ts'
import type { ClientInfo } from '../shared/describe-client.ts'
import type { IdentitiesDependencies } from './dependencies.ts'

export interface IdentityChange extends ClientInfo {
  readonly user: User
  readonly change: 'identity-linked' | 'identity-unlinked'
  readonly identity: Pick<Identity, 'provider' | 'email'>
  /** The session in which the user made the change. */
  readonly sessionId: string | null
}

type ReportDependencies = Pick<
  IdentitiesDependencies,
  | 'recordSecurityEvent'
  | 'sendMail'
  | 'notificationLimit'
  | 'describeClient'
  | 'providers'
  | 'clock'
>

/** Records the security event of a change that was stored, and notifies the user by email (ASVS 5.0 V6.3.7). Never rejects. */
export function createReportIdentityChange(dependencies: ReportDependencies) {
  const { recordSecurityEvent, sendMail, notificationLimit } = dependencies
  const { describeClient, providers, clock } = dependencies

  /** An email that cannot be counted is sent: it may be the only sign of a stolen session. */
  async function isWithinLimit({ user, change }: IdentityChange): Promise<boolean> {
    try {
      const budget: NotificationBudget = await notificationLimit.budgetFor(user)
      return await notificationLimit.allows(change, budget)
    } catch {
      return true
    }
  }

  return async function reportIdentityChange(reported: IdentityChange): Promise<void> {
    const { user, change, identity, sessionId, ...client } = reported
    const { email } = identity
    const provider = providerName(providers, identity.provider)
    const detail = email === null ? provider : `${provider} ${email}`
    recordSecurityEvent({ userId: user.id, kind: change, detail, sessionId, ...client })
    if (!(await isWithinLimit(reported))) return
    const content = {
      ...({ kind: 'identity-changed', change, account: email, at: clock.now() } as const),
      provider,
      from: describeClient(client),
    }
    sendMail(user.email, content, timeZoneOf(user))
  }
}

export type ReportIdentityChange = ReturnType<typeof createReportIdentityChange>
