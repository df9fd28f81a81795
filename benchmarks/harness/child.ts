import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A child process that answers one request at a time. */
export interface Child {
  readonly pid: number
  /** Sends a message and returns the next one received. Rejects if the process exits. */
  request(message: object): Promise<unknown>
  /** Disconnects from the process, which then exits, and waits for it. */
  stop(): Promise<void>
}

/** Starts a module of this folder with Node `flags`; the first argument may appear in errors. */
export function startChild(
  file: string,
  args: readonly string[],
  flags: readonly string[] = [],
): Child {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: [...flags],
    env: { ...process.env, NODE_ENV: 'production' },
    // Structured clones preserve buffers and maps.
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [name = ''] = args
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${file} ${name} exited unexpectedly (${code ?? signal})`)
  })
  // Handled where a response is awaited; an exit without a pending request is no error.
  ended.catch(() => {})

  return {
    pid: child.pid ?? 0,
    async request(message) {
      const response = once(child, 'message').then(([answer]) => answer)
      child.send(message)
      return Promise.race([response, ended])
    },
    async stop() {
      await disconnect(child)
      await ended.catch(() => {})
    },
  }
}

async function disconnect(child: ChildProcess): Promise<void> {
  if (child.connected) child.disconnect()
}

/**
 * The child's side: answers requests until the parent disconnects or exits, then cleans up. An error
 * ends the process, which the parent detects.
 */
export function respondToParent<Question>(
  handle: (question: Question) => Promise<object>,
  cleanUp: () => Promise<void> = async () => {},
): void {
  process.on('message', (question: Question) => {
    handle(question).then(
      (answer) => process.send?.(answer),
      (error) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.once('disconnect', () => {
    cleanUp().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
}
