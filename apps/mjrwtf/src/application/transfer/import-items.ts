import { type Click, unknownSource } from '../../domain/click.ts'
import { type Link, linkDefaults } from '../../domain/link.ts'
import {
  type ImportColumns,
  type ImportedTexts,
  parseClickTotal,
  parseImportedInstant,
} from '../../domain/link-import.ts'
import { normalizeCode, shortCodeProblem } from '../../domain/short-code.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import { type IsBlocked, refuseBlocked } from '../links/blocked-destinations.ts'
import { toImportedClick, toImportedLink } from '../links/import-old-links.ts'
import { parseLinkInput } from '../links/link-details.ts'
import type { SourceRecord } from '../ports/import-source.ts'
import type { OldDatabase } from '../ports/old-database.ts'
import type { TransferDependencies } from './dependencies.ts'

/** What one line of a file means. */
export type ImportItem =
  /** An empty short code is generated. The clicks are of this link. */
  | {
      readonly status: 'link'
      readonly line: number
      readonly link: Link
      readonly clicks: readonly Click[]
    }
  | {
      readonly status: 'problem'
      readonly line: number
      readonly shortCode: string
      readonly message: string
    }
  | { readonly status: 'clicks'; readonly clicks: readonly Click[] }

export interface ItemContext
  extends Pick<TransferDependencies, 'secrets' | 'destinationRules' | 'isBlocked'> {
  readonly importId: string
  readonly ownerId: UserId
  readonly now: Instant
}

export async function* itemsOfRecords(
  context: ItemContext,
  columns: ImportColumns,
  records: AsyncIterable<SourceRecord>,
): AsyncIterable<ImportItem> {
  const isBlocked = askOnce(context.isBlocked)
  for await (const each of records) {
    const { line } = each
    if ('problem' in each) yield { status: 'problem', line, shortCode: '', message: each.problem }
    else {
      const texts = columns.read(each.record)
      if (!texts.isRemoved) yield withoutBlocked(toItem(context, line, texts), isBlocked)
    }
  }
}

/** A list has few hosts and many links. */
function askOnce(isBlocked: IsBlocked): IsBlocked {
  const answers = new Map<string, Promise<boolean>>()
  return (url) => {
    const host = URL.parse(url)?.host ?? url
    const answer = answers.get(host) ?? isBlocked(url)
    answers.set(host, answer)
    return answer
  }
}

async function withoutBlocked(item: ImportItem, isBlocked: IsBlocked): Promise<ImportItem> {
  const refused = item.status === 'link' ? await refuseBlocked(item.link, isBlocked) : null
  if (item.status !== 'link' || refused === null) return item
  const { line, link } = item
  const message = refused.fields[0]?.message ?? ''
  return { status: 'problem', line, shortCode: link.shortCode, message }
}

function toItem(context: ItemContext, line: number, texts: ImportedTexts): ImportItem {
  const shortCode = normalizeCode(texts.shortCode)
  const problem = (message: string): ImportItem => {
    return { status: 'problem', line, shortCode: shortCode.slice(0, 100), message }
  }
  if (texts.hasPassword) return problem(passwordMessage)
  const codeProblem = shortCode === '' ? null : shortCodeProblem(shortCode)
  if (codeProblem !== null) return problem(codeProblem)
  const createdAt = texts.createdAt === '' ? context.now : parseImportedInstant(texts.createdAt)
  if (createdAt === null)
    return problem(`The creation time cannot be read${quote(texts.createdAt)}.`)
  const clicks = parseClickTotal(texts.clicks)
  if (clicks === null) return problem(`The number of clicks cannot be read${quote(texts.clicks)}.`)
  const parsed = parseDetails(context, texts)
  if (parsed.status === 'invalid') return problem(parsed.message)
  const link: Link = {
    ...linkDefaults,
    ...parsed.details,
    id: derivedId(context, `${line}`),
    shortCode,
    ownerId: context.ownerId,
    // A link of the future would stay above all others.
    createdAt: Math.min(createdAt, context.now),
    archivedAt: texts.isArchived ? context.now : null,
  }
  return { status: 'link', line, link, clicks: toClicks(context, link, clicks) }
}

const passwordMessage =
  'The link has a password, which is not in the file. Create the link by hand, with a new password.'

function quote(text: string): string {
  return text === '' ? '' : `: ${text.slice(0, 40)}`
}

/** A link of another service may have ended: the rules of a new one apply, but for its times. */
function parseDetails({ destinationRules }: ItemContext, texts: ImportedTexts) {
  const [startsAt, expiresAt] = [toIsoTime(texts.startsAt), toIsoTime(texts.expiresAt)]
  if (startsAt === null || expiresAt === null) {
    const unreadable = startsAt === null ? texts.startsAt : texts.expiresAt
    return { status: 'invalid', message: `A time cannot be read${quote(unreadable)}.` } as const
  }
  const { destination, title, note, tags, fallbackUrl, clickLimit, forwardsQuery } = texts
  const input = {
    ...{ destination, title, note, tags, fallbackUrl, clickLimit, forwardsQuery },
    ...{ startsAt, expiresAt },
  }
  const result = parseLinkInput(input, { ...destinationRules, now: 0, current: null })
  if (result.status === 'invalid')
    return { status: 'invalid', message: result.fields[0]?.message ?? '' } as const
  return { status: 'ok', details: { destination: '', ...result.parsed.details } } as const
}

/** As forms have it; `null` if it cannot be read. */
function toIsoTime(text: string): string | null {
  if (text === '') return ''
  const instant = parseImportedInstant(text)
  return instant === null ? null : new Date(instant).toISOString()
}

/** Files have a total without times: it counts at the creation of the link. */
function toClicks(context: ItemContext, link: Link, count: number): readonly Click[] {
  if (count === 0) return []
  const id = derivedId(context, `clicks ${link.id}`)
  return [{ id, linkId: link.id, at: link.createdAt, ...unknownSource, count }]
}

/** The same whenever the step is repeated, and of no other import. */
function derivedId({ secrets, importId }: ItemContext, text: string): string {
  return secrets.hash(`import ${importId}: ${text}`).slice(0, 22)
}

const rowsPerRead = 500

export async function* itemsOfOldDatabase(
  context: ItemContext,
  database: OldDatabase,
): AsyncIterable<ImportItem> {
  const isBlocked = askOnce(context.isBlocked)
  for (let after = 0; ; ) {
    const oldLinks = database.links(after, rowsPerRead)
    for (const oldLink of oldLinks) {
      const { id: line, shortCode } = oldLink
      const link = toImportedLink(context, oldLink, context.ownerId)
      if ('reason' in link) {
        yield { status: 'problem', line, shortCode: shortCode.slice(0, 100), message: link.reason }
        continue
      }
      const own = { ...link, id: derivedId(context, `${line}`) }
      const item = await withoutBlocked({ status: 'link', line, link: own, clicks: [] }, isBlocked)
      yield item
      if (item.status === 'link') yield* clicksOf(context, database, { oldId: line, link: own })
    }
    const last = oldLinks.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

async function* clicksOf(
  { secrets }: ItemContext,
  database: OldDatabase,
  { oldId, link }: { readonly oldId: number; readonly link: Link },
): AsyncIterable<ImportItem> {
  for (let after = 0; ; ) {
    const clicks = database.clicks(oldId, after, rowsPerRead)
    const last = clicks.at(-1)
    if (last === undefined) return
    yield { status: 'clicks', clicks: clicks.map((click) => toImportedClick(secrets, click, link)) }
    after = last.id
  }
}
