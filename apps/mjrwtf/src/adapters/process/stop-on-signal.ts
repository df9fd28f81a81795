export interface StopOnSignalOptions {
  /** Stops gracefully. Called once. */
  readonly stop: (signal: NodeJS.Signals) => Promise<void>
  /** Called before the process exits after an unexpected error, to log it. */
  readonly onCrash: (error: unknown) => void
  /** Called after that. Writes what was accepted and is only in the queues; the process exits after `rescueTimeout` at the latest. */
  readonly rescue: () => Promise<void>
}

/** How long a process with an unexpected error may take to write what is in its queues, in ms. */
const rescueTimeout = 2_000

/**
 * The first signal stops gracefully. A second SIGINT exits immediately: a user pressed Ctrl-C again. A second SIGTERM
 * is ignored: supervisors signal the whole process group, and npm and its shell forward the signal as well. An
 * uncaught error is logged and exits with code 1, a second one immediately (ASVS V16.5.4).
 */
export function stopOnSignal({ stop, onCrash, rescue }: StopOnSignalOptions): void {
  let isStopping = false
  let hasCrashed = false

  function crash(error: unknown): void {
    onCrash(error)
    if (hasCrashed) process.exit(1)
    hasCrashed = true
    const exit = () => process.exit(1)
    setTimeout(exit, rescueTimeout)
    rescue().then(exit, exit)
  }

  function onSignal(signal: NodeJS.Signals): void {
    if (isStopping && signal === 'SIGINT') process.exit(1)
    if (isStopping) return
    isStopping = true
    stop(signal).then(() => process.exit(0), crash)
  }

  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  // The state of the process is unknown: exit, so that the supervisor starts a new one.
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
}
