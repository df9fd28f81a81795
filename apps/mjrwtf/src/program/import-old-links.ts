import type { OldLinksImport } from '../adapters/cli/cli-context.ts'
import { CliError } from '../adapters/cli/cli-error.ts'
import { nodeSecrets } from '../adapters/crypto/secrets.ts'
import { openOldDatabase } from '../adapters/persistence/old-database.ts'
import type { Persistence } from '../adapters/persistence/persistence.ts'
import { createImportOldLinks } from '../application/links/import-old-links.ts'
import type { Config } from '../config/config.ts'
import { type DestinationConfig, destinationRulesOf } from './wire.ts'

/** Imports the links and clicks of the old service for the first account. */
export async function importOldLinks(
  persistence: Persistence,
  config: DestinationConfig & Pick<Config, 'database'>,
  file: string,
): Promise<OldLinksImport> {
  const operator = await persistence.users.findOperator()
  if (operator === null) throw new CliError(noAccount(config.database))
  const importLinks = createImportOldLinks({
    ...persistence,
    secrets: nodeSecrets,
    destinationRules: destinationRulesOf(config),
  })
  const old = openOldDatabase(file)
  const report = await importLinks(old, operator.id).finally(() => old.close())
  return { report, ownerEmail: operator.email }
}

/** The usual mistake is a command without the variables of the app, which opens another database. */
function noAccount(database: Config['database']): string {
  const place = database.kind === 'sqlite' ? ` in ${database.file}` : ''
  return `There is no account${place}. Run the command with the variables of the app, after you have created the first account.`
}
