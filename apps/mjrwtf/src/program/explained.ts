import { ClientError } from '../adapters/api-client/client-error.ts'
import { BackupError } from '../adapters/backup/backup-error.ts'
import { CliError } from '../adapters/cli/cli-error.ts'
import { PersistenceError } from '../adapters/persistence/persistence-error.ts'
import { RepositoryError } from '../application/ports/repository-error.ts'
import { StartError } from './start-error.ts'

/** Errors whose message is one line that says what the operator must do become errors of the command. */
export async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isForOperator(error)) throw new CliError(error.message, { cause: error })
    throw error
  }
}

function isForOperator(error: unknown): error is Error {
  return (
    error instanceof ClientError ||
    error instanceof StartError ||
    error instanceof BackupError ||
    error instanceof PersistenceError ||
    error instanceof RepositoryError
  )
}
