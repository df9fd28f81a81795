import { systemClock } from 'coatcheck'
import { nodeSecrets } from './adapters/crypto/secrets.ts'
import { createThrottle } from './application/sign-in/attempt-throttle.ts'
import { exitWith, runCommand } from './program/command.ts'

/**
 * Unlocks an account after 100 failed sign-ins: `npm run unlock -- EMAIL`. Requires access to the database; no page
 * offers this.
 */
async function main(email: string | undefined): Promise<void> {
  if (email === undefined) return exitWith('Usage: npm run unlock -- EMAIL', 2)
  await runCommand(async ({ attempts }) => {
    const throttle = createThrottle({ attempts, secrets: nodeSecrets, clock: systemClock })
    await throttle.unlockAccount(email)
    // The same message whether or not the account exists: failures are counted per email.
    return `Unlocked: failed sign-ins for ${email} were reset.`
  })
}

await main(process.argv[2])
