import { createPurgeAttempts, type PurgeAttemptsPorts } from './purge-attempts.ts'
import { createPurgeDrafts, type PurgeDraftsPorts } from './purge-drafts.ts'
import { createPurgeMailedTokens, type PurgeMailedTokensPorts } from './purge-mailed-tokens.ts'
import { createPurgeNotices, type PurgeNoticesPorts } from './purge-notices.ts'
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
  PurgeMailedTokensPorts &
  PurgeNoticesPorts &
  PurgeSecurityEventsPorts

export function createPurge(ports: PurgePorts): Purge {
  const purges = [
    createPurgeAttempts(ports),
    createPurgeSecurityEvents(ports),
    createPurgeMailedTokens(ports),
    createPurgeDrafts(ports),
    createPurgeNotices(ports),
  ]
  return async function purge() {
    await Promise.all(purges.map((each) => each()))
  }
}
