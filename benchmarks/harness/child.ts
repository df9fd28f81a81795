import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process of its own that answers one question at a time. */
export interface Child {
  readonly pid: number
  /** Sends a message and gives back the next one that comes. Rejects when the process ends instead. */
  request(message: object): Promise<unknown>
  /** Lets go of the process, which then ends by itself, and waits for that. */
  stop(): Promise<void>
}

/** Starts a module of this folder; the first argument may be told to anybody. `flags` are for its Node. */
export function startChild(
  file: string,
  args: readonly string[],
  flags: readonly string[] = [],
): Child {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: [...flags],
    env: { ...process.env, NODE_ENV: 'production' },
    // Messages are structured clones: buffers and maps arrive as what they are.
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [name = ''] = args
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${file} ${name} ended by itself (${code ?? signal})`)
  })
  // Heard where somebody waits for an answer; an end without a question is none.
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
 * The other side: answers questions until the parent lets go, or is gone, and then cleans up. What
 * goes wrong ends the process, which the parent notices.
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
