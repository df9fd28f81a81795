import type { Clock } from 'coatcheck'
import { emailInterval } from '../domain/anomaly.ts'
import { accountPolicy } from '../domain/attempt-policy.ts'
import { draftLifetime } from '../domain/draft.ts'
import { securityEventRetention } from '../domain/security-event.ts'
import type { DraftRepository } from './ports/draft-repository.ts'
import type { EmailChangeRepository } from './ports/email-change-repository.ts'
import type { EmailTokenRepository } from './ports/email-token-repository.ts'
import type { NotificationRepository } from './ports/notification-repository.ts'
import type { SecurityEventRepository } from './ports/security-event-repository.ts'
import type { AttemptRepository, RateLimiter } from './ports/throttling.ts'

/** Deletes expired rows. Runs on a timer. Tries every repository even if one fails, then rejects with the first failure. */
export type Purge = () => Promise<void>

export interface PurgeDependencies {
  readonly attempts: Pick<AttemptRepository, 'purge'>
  readonly rateLimiter: Pick<RateLimiter, 'purge'>
  readonly securityEvents: Pick<SecurityEventRepository, 'purge'>
  readonly emailTokens: Pick<EmailTokenRepository, 'purge'>
  readonly emailChanges: Pick<EmailChangeRepository, 'purge'>
  readonly drafts: Pick<DraftRepository, 'purge'>
  readonly notifications: Pick<NotificationRepository, 'purge'>
  readonly clock: Clock
}

/** A locked account stays locked until the operator unlocks it, so its counter is never purged. */
const lockedAfter = accountPolicy.lockedAfter ?? Number.MAX_SAFE_INTEGER

export function createPurge(dependencies: PurgeDependencies): Purge {
  const { attempts, rateLimiter, securityEvents, emailTokens, emailChanges } = dependencies
  const { drafts, notifications, clock } = dependencies
  return async function purge() {
    const now = clock.now()
    await Promise.all([
      attempts.purge(now - accountPolicy.resetAfter, lockedAfter),
      rateLimiter.purge(),
      securityEvents.purge(now - securityEventRetention),
      emailTokens.purge(now),
      emailChanges.purge(now),
      drafts.purge(now - draftLifetime),
      notifications.purge(now - emailInterval),
    ])
  }
}
