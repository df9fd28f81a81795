import { Command } from 'commander'
import type { CliContext, OldLinksImport } from '../cli-context.ts'
import { printing } from '../command-result.ts'
import { withExamples } from '../help.ts'
import { printable } from '../table.ts'
import { addTakeDownCommands } from './take-down.ts'

/** `mjrwtf link …` */
export function createLinkCommand(context: CliContext): Command {
  const link = new Command('link').description('Links of all users')
  addTakeDownCommands(link, context)
  withExamples(
    link
      .command('recount')
      .description('Compute all click counts again from the stored clicks')
      .action(printing(context, () => recount(context))),
    [['link recount', 'after rows were edited by hand; the server may be running']],
  )
  withExamples(
    link
      .command('import-old')
      .description('Import the links and clicks of the old service for the administrator')
      .argument('<file>', 'database file of the old service')
      .action(
        printing(context, async (file: string) =>
          describeImport(await context.importOldLinks(file)),
        ),
      ),
    [['link import-old /srv/old/database.db', 'can be repeated; both services may be running']],
  )
  return link
}

async function recount({ withFeatures }: CliContext) {
  const { links, corrected } = await withFeatures((features) => features.recount.all())
  return {
    data: { links, corrected },
    text: `Links recounted: ${links}. Wrong counts corrected: ${corrected}.`,
  }
}

function describeImport({ report: { links, clicks, skipped }, ownerEmail }: OldLinksImport) {
  const lines = [
    `Links: ${links}. Clicks: ${clicks}. They belong to ${ownerEmail}.`,
    ...(skipped.length === 0 ? [] : [`Not imported: ${skipped.length}.`]),
    // The old service validated codes, but the file may have been changed since.
    ...skipped.map(({ shortCode, reason }) => `  ${printable(shortCode.slice(0, 100))}: ${reason}`),
  ]
  const notImported = skipped.map(({ shortCode, reason }) => ({ short_code: shortCode, reason }))
  const data = { links, clicks, owner_email: ownerEmail, not_imported: notImported }
  return { data, text: lines.join('\n') }
}
