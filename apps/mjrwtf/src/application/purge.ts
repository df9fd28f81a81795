import type { Clock } from 'coatcheck'
import { emailInterval } from '../domain/anomaly.ts'
import { accountPolicy } from '../domain/attempt-policy.ts'
import { usedCodeRetention } from '../domain/client-application.ts'
import { draftLifetime } from '../domain/draft.ts'
import { closedReportRetention } from '../domain/link-report.ts'
import { expiredTokenRetention } from '../domain/personal-token.ts'
import { securityEventRetention } from '../domain/security-event.ts'
import { sharedTokenUseRetention } from '../domain/shared-token.ts'
import { day, hour, type Instant } from '../domain/time.ts'
import { unknownCodeRetention } from '../domain/unknown-code.ts'
import { firstSaltedDay } from '../domain/visitor-sketch.ts'
import type { AuthorizationCodeRepository } from './ports/authorization-code-repository.ts'
import type { ChainContext } from './ports/chain-keys.ts'
import type { DeviceAuthorizationRepository } from './ports/device-authorization-repository.ts'
import type { DraftRepository } from './ports/draft-repository.ts'
import type { EmailChangeRepository } from './ports/email-change-repository.ts'
import type { EmailTokenRepository } from './ports/email-token-repository.ts'
import type { ProviderSessionRepository } from './ports/identity-repository.ts'
import type { ImportRepository } from './ports/import-repository.ts'
import type { LinkReportRepository } from './ports/link-report-repository.ts'
import type { NotificationRepository } from './ports/notification-repository.ts'
import type { PasskeyRepository } from './ports/passkey-repository.ts'
import type { PersonalTokenRepository } from './ports/personal-token-repository.ts'
import type { SmsCodeRepository } from './ports/phone-repository.ts'
import type { ProviderLogoutRepository } from './ports/provider-logout-repository.ts'
import type { SecurityEventRepository } from './ports/security-event-repository.ts'
import type { SharedTokenRepository } from './ports/shared-token-repository.ts'
import type { ShortDomainRepository } from './ports/short-domain-repository.ts'
import type { StateRepository } from './ports/state-repository.ts'
import type { AttemptRepository, RateLimiter } from './ports/throttling.ts'
import type { TrustedBrowserRepository } from './ports/trusted-browser-repository.ts'
import type { UnknownCodeRepository } from './ports/unknown-code-repository.ts'
import type { InviteRepository } from './ports/user-repository.ts'
import type { VisitorRepository } from './ports/visitor-repository.ts'
import type { BatchRunner } from './shared/batch-runner.ts'

/**
 * Deletes expired rows in short steps, and records what was counted in the hours that have ended. Runs on a timer: a call
 * while one is in progress joins it. Tries every repository even if one fails, then rejects with the first failure.
 */
export type Purge = () => Promise<void>

export interface PurgeDependencies {
  readonly attempts: Pick<AttemptRepository, 'purgeBatch'>
  readonly rateLimiter: Pick<RateLimiter, 'purgeBatch'>
  readonly securityEvents: Pick<SecurityEventRepository, 'purgeBatch'>
  readonly emailTokens: Pick<EmailTokenRepository, 'purgeBatch'>
  readonly emailChanges: Pick<EmailChangeRepository, 'purgeBatch'>
  readonly drafts: Pick<DraftRepository, 'purgeBatch'>
  readonly notifications: Pick<NotificationRepository, 'purgeBatch'>
  readonly invites: Pick<InviteRepository, 'purgeBatch'>
  readonly imports: Pick<ImportRepository, 'purgeBatch'>
  readonly smsCodes: Pick<SmsCodeRepository, 'purgeBatch'>
  readonly passkeys: Pick<PasskeyRepository, 'purgeBatch'>
  readonly states: Pick<StateRepository, 'purgeBatch'>
  readonly trustedBrowsers: Pick<TrustedBrowserRepository, 'purgeBatch'>
  readonly providerSessions: Pick<ProviderSessionRepository, 'purgeBatch'>
  readonly deviceAuthorizations: Pick<DeviceAuthorizationRepository, 'purgeBatch'>
  readonly providerLogouts: Pick<ProviderLogoutRepository, 'purgeBatch'>
  readonly sharedTokens: Pick<SharedTokenRepository, 'purgeBatch'>
  readonly personalTokens: Pick<PersonalTokenRepository, 'purgeBatch'>
  readonly authorizationCodes: Pick<AuthorizationCodeRepository, 'purgeBatch'>
  readonly linkReports: Pick<LinkReportRepository, 'purgeBatch'>
  readonly visitors: Pick<VisitorRepository, 'purgeBatch'>
  readonly unknownCodes: Pick<UnknownCodeRepository, 'purgeBatch'>
  readonly shortDomains: Pick<ShortDomainRepository, 'releaseLinksBatch'>
  readonly securityLog: { recordEndedCounts(): void }
  readonly chainContext: () => ChainContext
  readonly batchRunner: Pick<BatchRunner, 'run'>
  readonly clock: Clock
}

/** A locked account stays locked until the operator unlocks it, so its counter is never purged. */
const lockedAfter = accountPolicy.lockedAfter ?? Number.MAX_SAFE_INTEGER

/** How long a used challenge or state is stored after it expired, so that a clock that is set back does not accept it again. */
const usedValueRetention = hour

/** How long an authorization is stored after it expired, so that the device learns why, and a clock may be set back. */
const usedDeviceRetention = hour

/** How long a file that was checked waits for its owner, and the result of an import is shown. */
const importRetention = 7 * day

export function createPurge(dependencies: PurgeDependencies): Purge {
  const { securityLog, batchRunner, clock } = dependencies
  let current: Promise<void> | null = null

  function purgeEvents(before: Instant): Promise<boolean> {
    return dependencies.securityEvents.purgeBatch(before, dependencies.chainContext())
  }

  async function run(): Promise<void> {
    const now = clock.now()
    securityLog.recordEndedCounts()
    await batchRunner.run([
      () => dependencies.attempts.purgeBatch(now - accountPolicy.resetAfter, lockedAfter),
      () => dependencies.rateLimiter.purgeBatch(),
      () => purgeEvents(now - securityEventRetention),
      () => dependencies.emailTokens.purgeBatch(now),
      () => dependencies.emailChanges.purgeBatch(now),
      () => dependencies.drafts.purgeBatch(now - draftLifetime),
      () => dependencies.notifications.purgeBatch(now - emailInterval),
      () => dependencies.invites.purgeBatch(now),
      () => dependencies.imports.purgeBatch(now - importRetention),
      () => dependencies.smsCodes.purgeBatch(now),
      () => dependencies.trustedBrowsers.purgeBatch(now),
      () => dependencies.providerSessions.purgeBatch(now),
      () => dependencies.authorizationCodes.purgeBatch(now - usedCodeRetention),
      () => dependencies.providerLogouts.purgeBatch(now),
      () => dependencies.sharedTokens.purgeBatch(now - sharedTokenUseRetention),
      () => dependencies.deviceAuthorizations.purgeBatch(now - usedDeviceRetention),
      () => dependencies.passkeys.purgeBatch(now - usedValueRetention),
      () => dependencies.states.purgeBatch(now - usedValueRetention),
      () => dependencies.personalTokens.purgeBatch(now - expiredTokenRetention),
      () => dependencies.linkReports.purgeBatch(now - closedReportRetention),
      () => dependencies.visitors.purgeBatch(firstSaltedDay(now)),
      () => dependencies.unknownCodes.purgeBatch(now - unknownCodeRetention),
      // Of a domain that was removed while a link was created, or before the process was killed.
      () => dependencies.shortDomains.releaseLinksBatch(),
    ])
  }

  return function purge() {
    current ??= run().finally(() => {
      current = null
    })
    return current
  }
}
