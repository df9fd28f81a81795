import { nodeSecrets } from '../adapters/crypto/secrets.ts'
import { openOldDatabase } from '../adapters/persistence/old-database.ts'
import type { Persistence } from '../adapters/persistence/persistence.ts'
import { createImportOldLinks, type ImportReport } from '../application/links/import-old-links.ts'
import type { Config } from '../config/config.ts'
import { CommandError } from './command.ts'

/** Imports the links and clicks of the old service for the first account. Returns the text to print. */
export async function importOldLinks(
  persistence: Persistence,
  config: Pick<Config, 'baseUrl' | 'shortBaseUrl' | 'database'>,
  file: string,
): Promise<string> {
  const operator = await persistence.users.findOperator()
  if (operator === null) throw new CommandError(noAccount(config.database))
  const ownOrigins = [config.baseUrl, config.shortBaseUrl]
  const importLinks = createImportOldLinks({ ...persistence, secrets: nodeSecrets, ownOrigins })
  const old = openOldDatabase(file)
  const report = await importLinks(old, operator.id).finally(() => old.close())
  return describe(report, operator.email)
}

/** The usual mistake is a command without the variables of the app, which opens another database. */
function noAccount(database: Config['database']): string {
  const place = database.kind === 'sqlite' ? ` in ${database.file}` : ''
  return `There is no account${place}. Run the command with the variables of the app, after you have created the first account.`
}

function describe({ links, clicks, skipped }: ImportReport, email: string): string {
  const lines = [
    `Links: ${links}. Clicks: ${clicks}. They belong to ${email}.`,
    ...(skipped.length === 0 ? [] : [`Not imported: ${skipped.length}.`]),
    ...skipped.map(({ shortCode, reason }) => `  ${printable(shortCode)}: ${reason}`),
  ]
  return lines.join('\n')
}

/** The old service validated codes, but the file may have been changed since. */
function printable(text: string): string {
  return JSON.stringify(text.slice(0, 100)).slice(1, -1)
}
