import type { Clock } from 'coatcheck'
import { type Milliseconds, minute } from '../../domain/time.ts'
import type { Persistence } from './persistence.ts'

/**
 * How far the clock of this process may be from that of the database, and of other processes with it. Beyond it, sessions
 * that others keep alive would expire here, or stay active too long.
 */
export const maxClockSkew: Milliseconds = minute

/**
 * Measures by how much the clock of this process is ahead of that of the database; negative if it is behind. 0 if the
 * difference cannot be measured, or is less than the time until the answer. Never rejects.
 */
export async function measureClockSkew(
  { currentTime }: Pick<Persistence, 'currentTime'>,
  clock: Clock,
): Promise<Milliseconds> {
  const before = clock.now()
  const current = await currentTime?.().catch(() => null)
  if (current === null || current === undefined) return 0
  const elapsed = clock.now() - before
  const skew = before + elapsed / 2 - current
  return Math.abs(skew) <= Math.abs(elapsed) ? 0 : Math.round(skew)
}
