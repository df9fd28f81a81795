import { systemClock } from 'coatcheck'
import { nodeSecrets } from './adapters/crypto/node-secrets.ts'
import { openPersistence } from './adapters/persistence/open-persistence.ts'
import { PersistenceError } from './adapters/persistence/persistence.ts'
import { createThrottle } from './application/sign-in/attempt-throttle.ts'
import { createUnlockAccount } from './application/sign-in/unlock-account.ts'
import { type Config, loadConfig } from './config/config.ts'
import { formatProblems } from './config/variables.ts'

/**
 * Lets an account sign in again that a hundred failed sign-ins have closed: `npm run unlock -- EMAIL`.
 * For whoever may read the database; no page does this.
 */
async function main(email: string | undefined): Promise<void> {
  if (email === undefined) return exitWith('Usage: npm run unlock -- EMAIL', 2)
  const result = loadConfig(process.env)
  if (result.status === 'invalid') return exitWith(formatProblems(result.problems), 2)
  try {
    await unlock(result.config, email)
  } catch (error) {
    exitWith(error instanceof PersistenceError ? error.message : 'The database failed.', 1)
  }
}

async function unlock({ database }: Config, email: string): Promise<void> {
  const persistence = await openPersistence(database)
  try {
    const { attempts } = persistence
    const throttle = createThrottle({ attempts, secrets: nodeSecrets, clock: systemClock })
    await createUnlockAccount({ throttle })(email)
  } finally {
    await persistence.close()
  }
  // The same words whether there is such an account or not: the counters know addresses, not accounts.
  process.stdout.write(`No failed sign-in is held against ${email} any more.\n`)
}

function exitWith(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode
}

await main(process.argv[2])
