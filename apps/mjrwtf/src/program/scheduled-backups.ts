import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { systemClock } from 'coatcheck'
import { z } from 'zod'
import { instantOf, listBackups } from '../adapters/backup/backup-folder.ts'
import type { Logger } from '../adapters/logging/logger.ts'
import { runBackupSchedule } from '../application/backup/backup-schedule.ts'
import type { BackupConfig } from '../config/backup.ts'
import { hour, second } from '../domain/time.ts'

export interface ScheduledBackups {
  /** Stops the schedule and a backup in progress. */
  stop(): Promise<void>
}

/** A backup that takes longer hangs, such as on a network disk. */
const maxDuration = 12 * hour

const report = z.object({
  file: z.string(),
  bytes: z.number(),
  encrypted: z.boolean(),
  deleted: z.array(z.string()),
})

/**
 * Runs `mjrwtf backup` on a schedule, in a process of its own with a low priority: compression and encryption would delay
 * requests, and a failure cannot stop the server. Does nothing without BACKUP_DIR.
 */
export function startScheduledBackups({ backup }: BackupConfig, log: Logger): ScheduledBackups {
  const { folder, interval, passphrase } = backup
  if (folder === null) return { stop: async () => {} }
  if (passphrase === null) log.warn({ folder }, 'backups are not encrypted and contain secret keys')
  const stopping = new AbortController()
  let child: ChildProcess | null = null

  async function backUp(): Promise<boolean> {
    const start = systemClock.now()
    child = startBackup()
    const outcome = await outcomeOf(child)
    child = null
    if (stopping.signal.aborted) return false
    const durationMs = systemClock.now() - start
    if (outcome.status === 'written') log.info({ ...outcome.report, durationMs }, 'backup written')
    else log.error({ reason: outcome.reason, durationMs }, 'backup failed')
    return outcome.status === 'written'
  }

  const schedule = runBackupSchedule({
    interval,
    now: systemClock.now,
    newestBackup: () => newestOf(folder, log),
    backUp,
    // Two processes with the same folder would otherwise start at the same instant.
    wait: (time) =>
      setTimeout(time + (process.pid % 60) * second, undefined, {
        signal: stopping.signal,
        ref: false,
      }).catch(() => {}),
    isStopped: () => stopping.signal.aborted,
  })

  return {
    async stop() {
      stopping.abort()
      child?.kill()
      await schedule
    },
  }
}

/** `null` also if the folder cannot be read: the backup then fails, and says why. */
function newestOf(folder: string, log: Logger): number | null {
  try {
    const now = systemClock.now()
    // A clock that was wrong may have given a name in the future, which would end all backups.
    const times = listBackups(folder).map(instantOf)
    return times.find((time) => time !== null && time <= now) ?? null
  } catch (error) {
    log.warn({ error }, 'BACKUP_DIR cannot be read')
    return null
  }
}

function startBackup(): ChildProcess {
  const program = process.argv[1] ?? ''
  const child = spawn(process.execPath, [...process.execArgv, program, 'backup', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: maxDuration,
    killSignal: 'SIGKILL',
  })
  try {
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It has ended already, or the system has no priorities.
  }
  return child
}

type Outcome =
  | { readonly status: 'written'; readonly report: z.infer<typeof report> }
  | { readonly status: 'failed'; readonly reason: string }

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  try {
    const [stdout, stderr, [code, signal]] = await Promise.all([
      child.stdout === null ? '' : text(child.stdout),
      child.stderr === null ? '' : text(child.stderr),
      once(child, 'close'),
    ])
    if (code === 0) return { status: 'written', report: report.parse(JSON.parse(stdout)) }
    return { status: 'failed', reason: stderr.trim().slice(0, 500) || `ended by ${signal ?? code}` }
  } catch (error) {
    return { status: 'failed', reason: error instanceof Error ? error.message : 'unknown' }
  }
}
