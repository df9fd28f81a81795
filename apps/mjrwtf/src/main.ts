import { openGeoDatabase } from './adapters/geo/mmdb-locator.ts'
import { PersistenceError } from './adapters/persistence/persistence.ts'
import { readSecretFile } from './adapters/process/read-secret-file.ts'
import { RepositoryError } from './application/ports/repository-error.ts'
import { loadConfig } from './config/config.ts'
import { formatProblems } from './config/variables.ts'
import { StartError } from './program/first-start.ts'
import { run } from './program/run.ts'

/** Exit codes: 2 for an invalid configuration, 1 for any other failure to start. */
async function main(): Promise<void> {
  const result = loadConfig(process.env, { openGeoDatabase, readSecretFile })
  if (result.status === 'invalid') return exitWith(formatProblems(result.problems), 2)
  try {
    await run(result.config)
  } catch (error) {
    exitWith(isForOperator(error) ? error.message : `Cannot start: ${error}`, 1)
  }
}

/** Whether the message is one line that says what the operator must do. */
function isForOperator(error: unknown): error is Error {
  return (
    error instanceof StartError ||
    error instanceof PersistenceError ||
    error instanceof RepositoryError
  )
}

function exitWith(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode
}

await main()
