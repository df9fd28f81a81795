import type { Instant, Milliseconds } from '../../domain/time.ts'
import { hour, minute } from '../../domain/time.ts'

export interface BackupScheduleOptions {
  readonly interval: Milliseconds
  readonly now: () => Instant
  /** When the newest backup was started; `null` if there is none. */
  readonly newestBackup: () => Instant | null
  /** Writes a backup. Returns whether it succeeded; never rejects. */
  readonly backUp: () => Promise<boolean>
  /** Resolves after a time, or early if the schedule stops. */
  readonly wait: (time: Milliseconds) => Promise<void>
  readonly isStopped: () => boolean
}

/** After a failure, the next attempt is not a whole interval later. */
const maxRetryDelay: Milliseconds = 15 * minute
/** Also bounds how late a backup is after the clock was set, or the machine was suspended. */
const maxWait: Milliseconds = hour

/**
 * Writes a backup whenever the newest one is older than the interval, until it is stopped. The age of the newest backup
 * survives restarts, and a backup that the operator made counts.
 */
export async function runBackupSchedule(options: BackupScheduleOptions): Promise<void> {
  const { interval, now, newestBackup, backUp, wait, isStopped } = options

  function timeUntilDue(): Milliseconds {
    const newest = newestBackup()
    return newest === null ? 0 : newest + interval - now()
  }

  while (!isStopped()) {
    const time = timeUntilDue()
    if (time > 0) await wait(Math.min(time, maxWait))
    else if (!(await backUp())) await wait(Math.min(interval, maxRetryDelay))
  }
}
