export interface StopOnSignalOptions {
  /** Ends in good order. Called once. */
  readonly stop: (signal: NodeJS.Signals) => Promise<void>
  /** Has the last word before a process ends that cannot go on. */
  readonly onCrash: (error: unknown) => void
}

/**
 * The first signal stops in good order. A second SIGINT is taken for impatience: somebody sits there. A
 * second SIGTERM is an echo: supervisors signal whole process groups, and npm and its shell pass it on.
 * What nobody has caught ends the process with code 1.
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
  // Nobody knows what state we are in: say so and let the supervisor start a fresh process.
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
}
