export interface StopOnSignalOptions {
  /** Stops gracefully. Called once. */
  readonly stop: (signal: NodeJS.Signals) => Promise<void>
  /** Called before the process exits after an unexpected error. */
  readonly onCrash: (error: unknown) => void
}

/**
 * The first signal stops gracefully. A second SIGINT exits immediately: a user pressed Ctrl-C again. A second SIGTERM
 * is ignored: supervisors signal the whole process group, and npm and its shell forward the signal as well. An
 * uncaught error exits with code 1.
 */
export function stopOnSignal({ stop, onCrash }: StopOnSignalOptions): void {
  let isStopping = false

  function crash(error: unknown): void {
    onCrash(error)
    process.exit(1)
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
