import { type Milliseconds, second } from '../../domain/time.ts'

/**
 * For drivers that wait without a limit: for a connection in use, such as by a transaction of the app which waits for
 * this operation, for a server that does not answer, and for one that hangs up. Longer than the server lets the store
 * wait for a lock. In ms.
 */
const maxWait: Milliseconds = 10 * second

/** Rejects if the work takes too long. It continues then, and its outcome is ignored. */
export async function withinTime<Result>(work: Promise<Result>): Promise<Result> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(noAnswer()), maxWait)
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Runs a transaction, which calls `start` first. Rejects if that takes too long; `start` throws then, so that the
 * transaction changes nothing: the caller has got the error.
 */
export async function startWithinTime<Result>(
  run: (start: () => void) => Promise<Result>,
): Promise<Result> {
  const started = Promise.withResolvers<void>()
  let hasGivenUp = false
  const ended = run(() => {
    if (hasGivenUp) throw noAnswer()
    started.resolve()
  })
  try {
    await withinTime(Promise.race([started.promise, ended]))
  } catch (error) {
    hasGivenUp = true
    ended.catch(() => {})
    throw error
  }
  return ended
}

function noAnswer(): Error {
  return new Error(`no answer within ${maxWait / second} s`)
}
