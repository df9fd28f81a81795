import { accountPolicy } from '../domain/throttle.ts'
import type { AttemptRepository } from './ports/attempt-repository.ts'
import type { Clock } from './ports/clock.ts'

/** Removes counts of attempts that no longer mean anything. For a timer, now and then. */
export type PurgeAttempts = () => Promise<void>

export interface PurgeAttemptsPorts {
  readonly attempts: AttemptRepository
  readonly clock: Clock
}

export function createPurgeAttempts({ attempts, clock }: PurgeAttemptsPorts): PurgeAttempts {
  // A closed account stays closed until somebody clears it, however long that takes.
  const closedAfter = accountPolicy.closedAfter ?? Number.MAX_SAFE_INTEGER
  return function purgeAttempts() {
    return attempts.purge(clock.now() - accountPolicy.forgetAfter, closedAfter)
  }
}
