import type { CliContext } from '../adapters/cli/cli-context.ts'
import { CliError } from '../adapters/cli/cli-error.ts'
import { openGeoDatabase } from '../adapters/geo/mmdb-locator.ts'
import { PersistenceError } from '../adapters/persistence/persistence.ts'
import { readSecretFile } from '../adapters/process/read-secret-file.ts'
import { RepositoryError } from '../application/ports/repository-error.ts'
import { type Config, type ConfigFiles, loadConfig } from '../config/config.ts'
import { type Environment, formatProblems } from '../config/variables.ts'
import { StartError } from './first-start.ts'
import { run } from './run.ts'
import { withFeatures } from './with-features.ts'

/** The commands of `mjrwtf` in this environment. */
export function createCliContext(environment: Environment): CliContext {
  return {
    serve: () => explained(() => run(configOf(environment, { readSecretFile, openGeoDatabase }))),
    withFeatures: (work) =>
      explained(() => withFeatures(configOf(environment, { readSecretFile }), work)),
    writeOutput: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
  }
}

function configOf(environment: Environment, files: ConfigFiles): Config {
  const result = loadConfig(environment, files)
  if (result.status === 'ok') return result.config
  throw new CliError(formatProblems(result.problems), { exitCode: 2 })
}

/** Errors whose message is one line that says what the operator must do become errors of the command. */
async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isForOperator(error)) throw new CliError(error.message, { cause: error })
    throw error
  }
}

function isForOperator(error: unknown): error is Error {
  return (
    error instanceof StartError ||
    error instanceof PersistenceError ||
    error instanceof RepositoryError
  )
}
