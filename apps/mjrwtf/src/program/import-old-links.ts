import { nodeSecrets } from '../adapters/crypto/secrets.ts'
import { openOldDatabase } from '../adapters/persistence/old-database.ts'
import type { Persistence } from '../adapters/persistence/persistence.ts'
import { createImportOldLinks, type ImportReport } from '../application/links/import-old-links.ts'
import type { Config } from '../config/config.ts'
import { CommandError } from './command.ts'

/** Imports the links and clicks of the old service for the first account. Returns the text to print. */
export async function importOldLinks(
  persistence: Persistence,
  config: Pick<Config, 'baseUrl' | 'shortBaseUrl'>,
  file: string,
): Promise<string> {
  const operator = await persistence.users.findOperator()
  if (operator === null) throw new CommandError(noAccount)
  const ownOrigins = [config.baseUrl, config.shortBaseUrl]
  const importLinks = createImportOldLinks({ ...persistence, secrets: nodeSecrets, ownOrigins })
  const old = openOldDatabase(file)
  const report = await importLinks(old, operator.id).finally(() => old.close())
  return describe(report, operator.email)
}

const noAccount =
  'There is no account yet. Start the app, create the first account, and repeat the command.'

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
