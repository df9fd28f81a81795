import { exitWith, runCommand } from './program/command.ts'
import { removeFactors } from './program/remove-factors.ts'

/**
 * Removes all second factors of a user who has lost them: `npm run remove-factors -- EMAIL`. Requires access to the
 * database. The page of the administrator does the same after 72 hours.
 */
async function main(email: string | undefined): Promise<void> {
  if (email === undefined) return exitWith('Usage: npm run remove-factors -- EMAIL', 2)
  await runCommand((persistence, config) => removeFactors(persistence, config, email))
}

await main(process.argv[2])
