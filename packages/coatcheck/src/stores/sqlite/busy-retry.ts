import { isSessionError } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-fields.ts'
import { type Milliseconds, second } from '../../domain/time.ts'
import { systemMonotonicClock } from '../../ports/system.ts'

/**
 * Runs work on a database, and again while another process holds the write lock. Work must change
 * nothing if it fails: a statement, or a transaction that starts with BEGIN IMMEDIATE.
 */
export type RetryWhileBusy = <Result>(work: () => Promise<Result>) => Promise<Result>

/** How long work is repeated before it fails with the error of SQLite. */
const maxWait: Milliseconds = 3 * second

const firstDelay: Milliseconds = 1
const maxDelay: Milliseconds = 25

/**
 * Waits for the write lock without blocking the process. SQLite's own `busy_timeout` waits
 * synchronously: while another process writes, no request would be served, not even one that only reads.
 * Set it to 0 on the connection.
 *
 * Work that waits is repeated in order. Only the first is tried again at each interval, so that many
 * waiting requests cost no more than one.
 */
export function createBusyRetry(): RetryWhileBusy {
  const waiting: Waiting[] = []
  let delay = firstDelay

  function enqueue<Result>(work: () => Promise<Result>, busyError: unknown): Promise<Result> {
    return new Promise((resolve, reject) => {
      const deadline = systemMonotonicClock.now() + maxWait
      const attempt = () => attemptOnce(work, resolve, reject)
      waiting.push({ deadline, attempt, fail: () => reject(busyError) })
      if (waiting.length === 1) schedule()
    })
  }

  function schedule(): void {
    setTimeout(retryWaiting, delay)
  }

  async function retryWaiting(): Promise<void> {
    const isStillBusy = await attemptInOrder()
    delay = isStillBusy ? Math.min(2 * delay, maxDelay) : firstDelay
    const now = systemMonotonicClock.now()
    while (waiting[0] !== undefined && waiting[0].deadline <= now) waiting.shift()?.fail()
    if (waiting.length > 0) schedule()
  }

  /** Returns whether the database is still busy. */
  async function attemptInOrder(): Promise<boolean> {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      if ((await first.attempt()) === 'busy') return true
      waiting.shift()
    }
    return false
  }

  return (work) =>
    work().catch((error: unknown) => {
      if (!isBusy(error)) throw error
      return enqueue(work, error)
    })
}

interface Waiting {
  readonly deadline: Milliseconds
  attempt(): Promise<'busy' | 'done'>
  fail(): void
}

async function attemptOnce<Result>(
  work: () => Promise<Result>,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): Promise<'busy' | 'done'> {
  try {
    resolve(await work())
  } catch (error) {
    if (isBusy(error)) return 'busy'
    reject(error)
  }
  return 'done'
}

/** Whether another process held a lock that the work needed. */
function isBusy(error: unknown): boolean {
  if (isSessionError(error)) return isBusy(error.cause)
  // node:sqlite has the extended number of SQLITE_BUSY, better-sqlite3 its name.
  const number = getField(error, 'errcode')
  if (number !== undefined) return (Number(number) & 0xff) === 5
  // Deno has neither for an error of `exec`.
  if (getField(error, 'message') === 'database is locked') return true
  return String(getField(error, 'code')).startsWith('SQLITE_BUSY')
}
