import { openPersistence } from '../adapters/persistence/open-persistence.ts'
import { type Persistence, PersistenceError } from '../adapters/persistence/persistence.ts'
import { readSecretFile } from '../adapters/process/read-secret-file.ts'
import { type Config, loadConfig } from '../config/config.ts'
import { formatProblems } from '../config/variables.ts'

/** One operation on the database. Returns the line to print. */
type Command = (persistence: Persistence, config: Config) => Promise<string>

/** The command cannot do what it was asked. `message` is one line for the operator. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** Runs a command on the database of the environment. Exit codes: 2 for an invalid configuration, 1 if the command or the database fails. */
export async function runCommand(command: Command): Promise<void> {
  const result = loadConfig(process.env, { readSecretFile })
  if (result.status === 'invalid') return exitWith(formatProblems(result.problems), 2)
  try {
    const persistence = await openPersistence(result.config.database)
    const message = await command(persistence, result.config).finally(persistence.close)
    process.stdout.write(`${message}\n`)
  } catch (error) {
    const isForOperator = error instanceof PersistenceError || error instanceof CommandError
    exitWith(isForOperator ? error.message : 'The database failed.', 1)
  }
}

export function exitWith(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode
}
