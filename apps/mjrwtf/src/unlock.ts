import { systemClock } from 'coatcheck'
import { openPersistence } from './adapters/persistence/open-persistence.ts'
import { PersistenceError } from './adapters/persistence/persistence-error.ts'
import { nodeSecrets } from './adapters/secrets/node-secrets.ts'
import { createClearSignInAttempts } from './application/clear-sign-in-attempts.ts'
import { createThrottle } from './application/throttle.ts'
import { type Config, loadConfig } from './config.ts'
import { describeProblems } from './config-report.ts'

/**
 * Lets an account sign in again that a hundred failed sign-ins have closed: `npm run unlock -- EMAIL`.
 * For whoever may read the database; no page does this.
 */
async function main(email: string | undefined): Promise<void> {
  if (email === undefined) return giveUp('Usage: npm run unlock -- EMAIL', 2)
  const loaded = loadConfig(process.env)
  if (loaded.status === 'invalid') return giveUp(describeProblems(loaded.problems), 2)
  try {
    await unlock(loaded.config, email)
  } catch (error) {
    giveUp(error instanceof PersistenceError ? error.message : 'The database failed.', 1)
  }
}

async function unlock({ database }: Config, email: string): Promise<void> {
  const persistence = await openPersistence(database)
  try {
    const { attempts } = persistence
    const throttle = createThrottle({ attempts, secrets: nodeSecrets, clock: systemClock })
    await createClearSignInAttempts({ throttle })(email)
  } finally {
    await persistence.close()
  }
  // The same words whether there is such an account or not: the counters know addresses, not accounts.
  process.stdout.write(`No failed sign-in is held against ${email} any more.\n`)
}

function giveUp(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode
}

await main(process.argv[2])
