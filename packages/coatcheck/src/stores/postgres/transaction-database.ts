import { SessionError } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-fields.ts'
import type { Database, RunQuery } from './database.ts'
import { type OpenTransaction, toOpenTransaction } from './open-transaction.ts'
import type { RestoreNames } from './postgres-js-database.ts'

/**
 * A database whose statements are part of an open transaction of the app, one after another: each
 * operation runs in a savepoint, so that one that fails leaves the app's transaction as it was.
 */
export function createTransactionDatabase(
  transaction: object,
  restoreNames: RestoreNames,
): Database {
  const open = toOpenTransaction(transaction, restoreNames)
  let running: Promise<unknown> = Promise.resolve()

  /** One connection runs one operation at a time: savepoints of two operations would interleave. */
  function afterRunning<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = running.then(work)
    running = result.catch(() => {})
    return result
  }

  return {
    query: (statement) => afterRunning(() => inSavepoint(open, (run) => run(statement))),
    // Without the setup: the app decides how long its statements may take.
    transact: (_setup, work) =>
      afterRunning(() => inSavepoint(open, (run) => withBoundedWaits(run, work))),
  }
}

async function withBoundedWaits<Result>(
  run: RunQuery,
  work: (query: RunQuery) => Promise<Result>,
): Promise<Result> {
  const hasOwnTimeout = await prepare(run)
  const result = await work(run)
  // A setting of the transaction outlives the savepoint.
  if (!hasOwnTimeout) await run({ text: 'SET LOCAL lock_timeout = 0' })
  return result
}

async function inSavepoint<Result>(
  open: OpenTransaction,
  work: (query: RunQuery) => Promise<Result>,
): Promise<Result> {
  try {
    return await open.savepoint(work)
  } catch (error) {
    // 25P01: SAVEPOINT outside a transaction.
    if (getField(error, 'code') !== '25P01') throw error
    throw misuse('is not open: pass the transaction, not the pool, and only until it ends')
  }
}

/**
 * Bounds the wait for locks, and rejects other isolations: they would decide by what was committed before
 * the lock was held. Returns whether the app bounds the wait itself.
 */
async function prepare(run: RunQuery): Promise<boolean> {
  const [settings] = await run({
    text: `
      SELECT current_setting('transaction_isolation') AS isolation,
        (current_setting('lock_timeout') <> '0')::text AS has_lock_timeout`,
  })
  if (getField(settings, 'isolation') !== 'read committed') throw misuse('must be READ COMMITTED')
  if (getField(settings, 'has_lock_timeout') === 'true') return true
  await run({ text: `SET LOCAL lock_timeout = '2s'` })
  return false
}

function misuse(problem: string): SessionError {
  return new SessionError('invalid-argument', `The transaction ${problem}`)
}
