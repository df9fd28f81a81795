import { type ChildProcess, fork } from 'node:child_process'
import type { Milliseconds } from '../../domain/time.ts'
import type {
  FromWorker,
  Parameters,
  ToWorker,
  Work,
  WorkFailure,
  WorkKind,
  Works,
} from './messages.ts'
import { type Address, type FaultProxy, startFaultProxy } from './proxy.ts'

/** What became of an operation. Only an answer says that it took effect, or did not. */
export type Outcome =
  | { readonly status: 'answered'; readonly answer: Works[WorkKind]['answer'] }
  | { readonly status: 'failed'; readonly failure: WorkFailure }
  /** The process was killed before it answered. */
  | { readonly status: 'lost' }

/** A worker process with its own proxy to the database. */
export interface WorkerProcess extends AsyncDisposable {
  readonly proxy: FaultProxy
  /** Performs an operation. Waits for the process if it is starting. Never rejects because of a fault. */
  perform(work: Work): Promise<Outcome>
  pause(): void
  resume(): void
  kill(): void
  /** Starts the process if it does not run. */
  start(): Promise<void>
  /** Moves the clock of the process, for as long as the process runs. */
  setClock(offset: Milliseconds): void
  /** How far the clock is off, and how often that has changed. */
  clock(): { readonly offset: Milliseconds; readonly changes: number }
}

/** Where a worker runs and what it opens. */
export interface WorkerOptions {
  /** A module that calls `runChaosWorker`. */
  readonly file: URL
  readonly database: Address
  readonly parameters: Parameters
}

interface Running {
  readonly child: ChildProcess
  readonly pending: Map<number, (outcome: Outcome) => void>
  readonly ready: Promise<void>
  readonly exited: Promise<void>
  /** Whether a fault has ended it: nothing else may. */
  isKilled: boolean
}

/** Starts a worker process. */
export async function startWorkerProcess(options: WorkerOptions): Promise<WorkerProcess> {
  const proxy = await startFaultProxy(options.database)
  let running: Running | null = null
  let unexpected: Error | null = null
  let clock = { offset: 0, changes: 0 }
  let numbers = 0

  async function start(): Promise<void> {
    if (running?.isKilled) await running.exited
    if (unexpected !== null) throw unexpected
    running ??= launch({ ...options, database: proxy.address }, (isKilled, error) => {
      running = null
      if (!isKilled) unexpected = error
    })
    await running.ready
  }

  function post(message: ToWorker): void {
    // The process may be exiting: its operations are lost then.
    running?.child.send(message, () => {})
  }

  async function perform(work: Work): Promise<Outcome> {
    await start()
    const target = running
    if (target === null) return { status: 'lost' }
    numbers += 1
    const number = numbers
    return new Promise((resolve) => {
      target.pending.set(number, resolve)
      post({ type: 'work', number, work })
    })
  }

  function kill(): void {
    clock = { offset: 0, changes: clock.changes + 1 }
    if (running === null) return
    running.isKilled = true
    running.child.kill('SIGKILL')
  }

  return {
    proxy,
    perform,
    start,
    kill,
    pause: () => void running?.child.kill('SIGSTOP'),
    resume: () => void running?.child.kill('SIGCONT'),
    setClock(next) {
      clock = { offset: next, changes: clock.changes + 1 }
      post({ type: 'clock', offset: next })
    },
    clock: () => clock,
    async [Symbol.asyncDispose]() {
      const last = running
      kill()
      await last?.exited
      await proxy[Symbol.asyncDispose]()
    },
  }
}

function launch(
  { file, database, parameters }: WorkerOptions,
  onExit: (isKilled: boolean, error: Error) => void,
): Running {
  // `advanced` transfers hashes as Uint8Array.
  const child = fork(file, {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const pending: Running['pending'] = new Map()
  const { promise: ready, resolve: setReady } = Promise.withResolvers<void>()
  const { promise: exited, resolve: setExited } = Promise.withResolvers<void>()

  const launched: Running = { child, pending, ready, exited, isKilled: false }

  child.on('message', (message: FromWorker) => {
    if (message.type === 'ready') {
      setReady()
      return
    }
    const resolve = pending.get(message.number)
    pending.delete(message.number)
    resolve?.(
      message.type === 'answer'
        ? { status: 'answered', answer: message.answer }
        : { status: 'failed', failure: message.failure },
    )
  })
  child.on('error', () => {})
  // Not `exit`: the last answers may still be in the pipe.
  child.on('close', (code, signal) => {
    for (const resolve of pending.values()) resolve({ status: 'lost' })
    pending.clear()
    onExit(launched.isKilled, new Error(`A worker ended by itself: code ${code}, signal ${signal}`))
    setReady()
    setExited()
  })
  child.send({ type: 'open', database, parameters } satisfies ToWorker, () => {})
  return launched
}
