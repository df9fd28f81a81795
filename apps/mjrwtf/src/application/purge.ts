import { createPurgeAttempts, type PurgeAttemptsPorts } from './purge-attempts.ts'
import { createPurgeDrafts, type PurgeDraftsPorts } from './purge-drafts.ts'
import { createPurgeEmailTokens, type PurgeEmailTokensPorts } from './purge-email-tokens.ts'
import { createPurgeNotifications, type PurgeNotificationsPorts } from './purge-notifications.ts'
import {
  createPurgeSecurityEvents,
  type PurgeSecurityEventsPorts,
} from './purge-security-events.ts'

/**
 * Removes whatever means nothing any more and would pile up for ever. For a timer, now and then. Each kind is tried,
 * also when another fails; rejects with the first failure.
 */
export type Purge = () => Promise<void>

export type PurgePorts = PurgeAttemptsPorts &
  PurgeDraftsPorts &
  PurgeEmailTokensPorts &
  PurgeNotificationsPorts &
  PurgeSecurityEventsPorts

export function createPurge(ports: PurgePorts): Purge {
  const purges = [
    createPurgeAttempts(ports),
    createPurgeSecurityEvents(ports),
    createPurgeEmailTokens(ports),
    createPurgeDrafts(ports),
    createPurgeNotifications(ports),
  ]
  return async function purge() {
    await Promise.all(purges.map((each) => each()))
  }
}
