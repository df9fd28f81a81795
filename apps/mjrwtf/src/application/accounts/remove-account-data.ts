import type { AccountRepository } from '../ports/account-repository.ts'
import type { ChainContext } from '../ports/chain-keys.ts'
import type { Log } from '../ports/log.ts'
import type { BatchRunner } from '../shared/batch-runner.ts'

/**
 * Starts to remove the data of deleted accounts in the background, unless it is already in progress. Returns
 * immediately and never throws: a failure is logged, and the next call continues.
 */
export type RemoveAccountData = () => void

interface RemoveAccountDataDependencies {
  readonly accounts: Pick<AccountRepository, 'removeDataBatch'>
  readonly chainContext: () => ChainContext
  readonly batchRunner: Pick<BatchRunner, 'run'>
  readonly log: Pick<Log, 'warn'>
}

export function createRemoveAccountData(
  dependencies: RemoveAccountDataDependencies,
): RemoveAccountData {
  const { accounts, chainContext, batchRunner, log } = dependencies
  let isRequested = false
  let isRunning = false

  async function runRequested(): Promise<void> {
    isRunning = true
    while (isRequested) {
      isRequested = false
      await batchRunner
        .run([() => accounts.removeDataBatch(chainContext())])
        .catch((error) => log.warn({ error }, 'removing the data of deleted accounts failed'))
    }
    isRunning = false
  }

  return function removeAccountData() {
    isRequested = true
    if (!isRunning) void runRequested()
  }
}
