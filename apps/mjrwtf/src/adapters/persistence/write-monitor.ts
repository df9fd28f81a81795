import { type Milliseconds, second } from '../../domain/time.ts'

export interface WriteMonitorOptions {
  /** Whether the database accepts a write. Never rejects. */
  readonly canWrite: () => Promise<boolean>
  /** Called when the state changes. */
  readonly onChange: (isReadOnly: boolean) => void
  /** Time between two attempts to write while the database can only be read. Default 5 s. */
  readonly interval?: Milliseconds
}

/**
 * Knows whether the database can only be read: a full disk, a replica, a file that became read-only. Requests do not ask it
 * before they write, because it may be outdated: they write and report the failure. It finds out when writes succeed again.
 */
export interface WriteMonitor {
  isReadOnly(): boolean
  /**
   * Call with each error of the database, or event that reports one. Returns whether the reason is that it can only be
   * read.
   */
  report(error: unknown): boolean
  /** Stops the attempts. */
  close(): void
}

export function createWriteMonitor(options: WriteMonitorOptions): WriteMonitor {
  const { canWrite, onChange, interval = 5 * second } = options
  let timer: NodeJS.Timeout | null = null
  let isClosed = false

  function tryLater(): void {
    timer = setTimeout(() => void tryToWrite(), interval)
    timer.unref()
  }

  async function tryToWrite(): Promise<void> {
    const isWritable = await canWrite()
    if (isClosed) return
    if (!isWritable) return tryLater()
    timer = null
    onChange(false)
  }

  return {
    isReadOnly: () => timer !== null,
    report(error) {
      if (!readOnlyCodes.has(codeOf(error))) return false
      if (timer === null && !isClosed) {
        tryLater()
        onChange(true)
      }
      return true
    },
    close() {
      isClosed = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}

/** Of errors and events of the session library, and of errors of repositories. */
const readOnlyCodes: ReadonlySet<unknown> = new Set(['read-only', 'database-read-only'])

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : null
}
