import { isStoreFailure, SessionError } from '../../domain/errors.ts'

/** Runs work with the same key one after another. */
export type TakeTurn = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>

/** Operations that may wait for one user or session. */
const maxWaiting = 500

/**
 * Lets operations on one user or session of this process run one after another, in order. They would
 * wait for the same lock in the database, each with a connection: if another process holds that lock,
 * one user would occupy the whole pool.
 *
 * If one fails because the store does, those that wait for it fail with the same error: they waited as
 * long for the same lock.
 */
export function createTurns(): TakeTurn {
  /** Keys of running operations, with the operations that wait for them. */
  const queues = new Map<string, Waiting[]>()

  return async function takeTurn(key, work) {
    await turn(key)
    try {
      const result = await work()
      startNext(key)
      return result
    } catch (error) {
      if (isStoreFailure(error)) rejectWaiting(key, error)
      else startNext(key)
      throw error
    }
  }

  function turn(key: string): Promise<void> {
    const queue = queues.get(key)
    if (queue === undefined) {
      queues.set(key, [])
      return Promise.resolve()
    }
    if (queue.length >= maxWaiting) return Promise.reject(tooManyWaiting())
    return new Promise((start, fail) => queue.push({ start, fail }))
  }

  function startNext(key: string): void {
    const next = queues.get(key)?.shift()
    if (next === undefined) queues.delete(key)
    else next.start()
  }

  function rejectWaiting(key: string, error: unknown): void {
    const waiting = queues.get(key) ?? []
    queues.delete(key)
    for (const { fail } of waiting) fail(error)
  }
}

interface Waiting {
  start(): void
  fail(error: unknown): void
}

function tooManyWaiting(): SessionError {
  return new SessionError('store-unavailable', 'Too many operations wait for one user or session')
}
