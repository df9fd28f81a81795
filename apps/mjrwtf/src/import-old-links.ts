import { exitWith, runCommand } from './program/command.ts'
import { importOldLinks } from './program/import-old-links.ts'

/**
 * Imports the links and clicks of the old service: `npm run import-old-links -- FILE`. Both services may be running
 * meanwhile, and the command can be repeated.
 */
async function main(file: string | undefined): Promise<void> {
  if (file === undefined) return exitWith('Usage: npm run import-old-links -- FILE', 2)
  await runCommand((persistence, config) => importOldLinks(persistence, config, file))
}

await main(process.argv[2])
