import type { Clock } from 'coatcheck'
import { accountPolicy } from '../domain/attempt-policy.ts'
import type { AttemptRepository } from './ports/attempt-repository.ts'
import type { RateLimiter } from './ports/rate-limiter.ts'

/** Removes counts of attempts that no longer mean anything. For a timer, now and then. */
export type PurgeAttempts = () => Promise<void>

export interface PurgeAttemptsPorts {
  readonly attempts: Pick<AttemptRepository, 'purge'>
  readonly rateLimiter: Pick<RateLimiter, 'purge'>
  readonly clock: Clock
}

export function createPurgeAttempts(ports: PurgeAttemptsPorts): PurgeAttempts {
  // A closed account stays closed until somebody clears it, however long that takes.
  const lockedAfter = accountPolicy.lockedAfter ?? Number.MAX_SAFE_INTEGER
  return async function purgeAttempts() {
    const before = ports.clock.now() - accountPolicy.resetAfter
    await Promise.all([ports.attempts.purge(before, lockedAfter), ports.rateLimiter.purge()])
  }
}
