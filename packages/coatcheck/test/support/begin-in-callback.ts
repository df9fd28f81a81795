import type { OpenedTransaction } from 'coatcheck/testing-contracts'

/**
 * Opens a transaction of a driver that passes it to a callback, and keeps the callback running until the
 * test ends the transaction.
 */
export async function beginInCallback(
  run: (callback: (transaction: object) => Promise<void>) => Promise<unknown>,
): Promise<OpenedTransaction> {
  const opened = Promise.withResolvers<object>()
  const ended = Promise.withResolvers<void>()
  const completed = run((transaction) => {
    opened.resolve(transaction)
    return ended.promise
  })
  completed.catch(opened.reject)
  return {
    transaction: await opened.promise,
    async commit() {
      ended.resolve()
      await completed
    },
    async rollBack() {
      ended.reject(new Error('rolled back'))
      await completed.catch(() => {})
    },
  }
}
