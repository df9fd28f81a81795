import type { Command } from 'commander'
import type { FoundLink } from '../../../application/ports/take-down-repository.ts'
import { isShortCode } from '../../../domain/short-code.ts'
import { type TakeDownReason, takeDownReasons } from '../../../domain/take-down.ts'
import { choiceOption, codeIn, limitOption } from '../arguments.ts'
import type { CliContext } from '../cli-context.ts'
import { CliError } from '../cli-error.ts'
import { printing } from '../command-result.ts'
import { withExamples } from '../help.ts'
import { formatTable, printable } from '../table.ts'
import { dayOf, timeOf } from '../times.ts'

/** `mjrwtf link find`, `take-down` and `restore`. */
export function addTakeDownCommands(link: Command, context: CliContext): void {
  withExamples(
    link
      .command('find')
      .description('Find links of all users by short code, short URL or a part of the destination')
      .argument('<text>', 'short code, short URL, or text of the destination')
      .addOption(limitOption(20))
      .action(
        printing(context, (text: string, { limit }: { readonly limit: number }) =>
          find(context, text, limit),
        ),
      ),
    [['link find evil.example', 'reads all links; the newest first']],
  )
  withExamples(
    link
      .command('take-down')
      .description('Stop a link: it answers 410 with the kind of reason')
      .argument('<code>', 'short code or short URL')
      .addOption(choiceOption('--reason <reason>', 'for visitors and the owner', takeDownReasons))
      .action(
        printing(context, (text: string, { reason }: { readonly reason: TakeDownReason }) =>
          takeDown(context, codeIn(text), reason),
        ),
      ),
    [['link take-down sale --reason phishing', 'its owner is notified and cannot change it']],
  )
  withExamples(
    link
      .command('restore')
      .description('Let a link that was taken down redirect again')
      .argument('<code>', 'short code or short URL')
      .action(printing(context, (text: string) => restore(context, codeIn(text)))),
    [['link restore sale', 'unless it has expired or its owner has deleted it']],
  )
}

async function find({ withFeatures }: CliContext, text: string, limit: number) {
  const isShortUrl = /^https?:/i.test(text) && isShortCode(codeIn(text))
  const links = await withFeatures(async ({ shellOperator }) => {
    const byCode = isShortUrl ? await shellOperator.findLinks({ text: codeIn(text), limit: 1 }) : []
    const exact = byCode.filter(({ shortCode }) => shortCode === codeIn(text))
    return exact.length > 0 ? exact : shellOperator.findLinks({ text, limit })
  })
  const rows = links.map((link) => [
    link.shortCode,
    stateOf(link),
    dayOf(link.createdAt),
    String(link.clickCount),
    printable(link.ownerEmail),
    printable(link.destination.slice(0, 100)),
  ])
  const output =
    rows.length === 0
      ? 'No link was found.'
      : formatTable([['CODE', 'STATE', 'CREATED', 'CLICKS', 'OWNER', 'DESTINATION'], ...rows])
  return { data: { links: links.map(linkJson) }, text: output }
}

function stateOf({ takeDown, removedAt }: FoundLink): string {
  if (takeDown !== null) return `taken down (${takeDown.reason})`
  return removedAt === null ? 'active' : 'deleted'
}

function linkJson(link: FoundLink) {
  return {
    short_code: link.shortCode,
    original_url: link.destination,
    owner_email: link.ownerEmail,
    created_at: timeOf(link.createdAt),
    expires_at: timeOf(link.expiresAt),
    deleted_at: timeOf(link.removedAt),
    taken_down_at: timeOf(link.takeDown?.at ?? null),
    take_down_reason: link.takeDown?.reason ?? null,
    click_count: link.clickCount,
  }
}

function noLink(code: string): CliError {
  return new CliError(`No link has the short code ${printable(code)}. Nothing was changed.`)
}

async function takeDown({ withFeatures }: CliContext, code: string, reason: TakeDownReason) {
  const result = await withFeatures(({ shellOperator }) => shellOperator.takeDownLink(code, reason))
  if (result.status === 'not-found') throw noLink(code)
  const { status, link } = result
  const text =
    status === 'taken-down'
      ? `Taken down: ${code} answers 410. Its owner ${link.ownerEmail} was notified.`
      : `${code} is taken down already. Nothing was changed.`
  return { data: { short_code: code, status, owner_email: link.ownerEmail }, text }
}

async function restore({ withFeatures }: CliContext, code: string) {
  const result = await withFeatures(({ shellOperator }) => shellOperator.restoreLink(code))
  if (result.status === 'not-found') throw noLink(code)
  const { status, link } = result
  const text =
    status === 'restored'
      ? `Restored: ${code} redirects again, unless it has expired or was deleted.`
      : `${code} is not taken down. Nothing was changed.`
  return { data: { short_code: code, status, owner_email: link.ownerEmail }, text }
}
