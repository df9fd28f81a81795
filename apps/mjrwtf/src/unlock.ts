import { systemClock } from 'coatcheck'
import { nodeSecrets } from './adapters/crypto/secrets.ts'
import { openPersistence } from './adapters/persistence/open-persistence.ts'
import { PersistenceError } from './adapters/persistence/persistence.ts'
import { createThrottle } from './application/sign-in/attempt-throttle.ts'
import { type Config, loadConfig } from './config/config.ts'
import { formatProblems } from './config/variables.ts'

/**
 * Unlocks an account after 100 failed sign-ins: `npm run unlock -- EMAIL`. Requires access to the database; no page
 * offers this.
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
    await throttle.unlockAccount(email)
  } finally {
    await persistence.close()
  }
  // The same message whether or not the account exists: failures are counted per email.
  process.stdout.write(`Unlocked: failed sign-ins for ${email} were reset.\n`)
}

function exitWith(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode
}

await main(process.argv[2])
