import { destination } from 'pino'

/** Log lines that wait in memory while they cannot be written, such as on a full disk, in bytes. Later ones are dropped. */
const maxWaiting = 4 * 1024 * 1024

export interface LogDestinationOptions {
  /** A file descriptor. */
  readonly output: number
  /** Prints one line for the operator where the log cannot. */
  readonly warn: (line: string) => void
}

/**
 * Writes synchronously, so that the last lines before an exit are not lost. Never throws: a request must not fail because
 * its log line cannot be written. Lines wait until they can be written again, up to 4 MiB. After a closed pipe none can.
 */
export function createLogDestination({ output, warn }: LogDestinationOptions) {
  const stream = destination({ dest: output, sync: true, maxLength: maxWaiting })
  let dropped = 0
  let failing = false

  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (failing) return
    failing = true
    const next =
      error.code === 'EPIPE'
        ? 'Its reader has closed the pipe. Start the reader and the server again.'
        : 'Free space on its disk. Lines wait in memory until then.'
    warn(`mjrwtf: the log cannot be written (${error.code}), and the server continues. ${next}\n`)
  })
  stream.on('drop', () => {
    dropped += 1
  })
  stream.on('drain', () => {
    if (!failing) return
    failing = false
    warn(`mjrwtf: the log can be written again. Lines that are missing: ${dropped}.\n`)
    dropped = 0
  })
  return stream
}
