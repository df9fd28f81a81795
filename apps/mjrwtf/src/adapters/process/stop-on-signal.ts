export interface StopOnSignalOptions {
  /** Stops gracefully. Called once. */
  readonly stop: (signal: NodeJS.Signals) => Promise<void>
  /** Called after an unexpected error, to log it, and for those that follow it before the process exits. May throw. */
  readonly onCrash: (error: unknown) => void
  /**
   * Called once after that. Writes what was accepted and is only in the queues; the process exits after `rescueTimeout` at
   * the latest.
   */
  readonly rescue: () => Promise<void>
}

/** How long a process with an unexpected error may take to write what is in its queues, in ms. */
const rescueTimeout = 2_000
/** Errors that are logged. An error that repeats could fill the disk until the exit. */
const maxLoggedErrors = 10

/**
 * The first signal stops gracefully. A second SIGINT exits immediately: a user pressed Ctrl-C again. A second SIGTERM
 * is ignored: supervisors signal the whole process group, and npm and its shell forward the signal as well.
 *
 * An uncaught error is logged, and the process exits with code 1 after the rescue, whatever happens meanwhile: other
 * requests may meet the same error, and a supervisor may stop the process (ASVS V16.5.4).
 */
export function stopOnSignal({ stop, onCrash, rescue }: StopOnSignalOptions): void {
  let isStopping = false
  let errors = 0

  function logError(error: unknown): void {
    errors += 1
    if (errors > maxLoggedErrors) return
    try {
      onCrash(error)
    } catch {
      // What cannot be logged must not prevent the rescue.
    }
  }

  function crash(error: unknown): void {
    logError(error)
    if (errors > 1) return
    const exit = () => process.exit(1)
    setTimeout(exit, rescueTimeout)
    tryRescue().then(exit, exit)
  }

  async function tryRescue(): Promise<void> {
    await rescue()
  }

  function onSignal(signal: NodeJS.Signals): void {
    if (isStopping && signal === 'SIGINT') process.exit(1)
    if (isStopping || errors > 0) return
    isStopping = true
    stop(signal).then(() => {
      if (errors === 0) process.exit(0)
    }, crash)
  }

  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  // The state of the process is unknown: exit, so that the supervisor starts a new one.
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
}
