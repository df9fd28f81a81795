import type { ArchivedLink } from '../../../application/ports/account-repository.ts'
import { linkUrl } from '../short-url.ts'

type Pages = AsyncIterable<readonly ArchivedLink[]>
type Chunks = AsyncIterable<string>

/** A link in an export, by the names that an import reads. */
function toRow(link: ArchivedLink, shortBaseUrl: string) {
  return {
    short_code: link.shortCode,
    short_url: linkUrl(shortBaseUrl, link),
    original_url: link.typedDestination ?? link.destination,
    title: link.title,
    note: link.note,
    tags: link.tags,
    created_at: isoTime(link.createdAt),
    starts_at: isoTime(link.startsAt),
    expires_at: isoTime(link.expiresAt),
    fallback_url: link.fallbackUrl,
    click_limit: link.clickLimit,
    forward_query: link.forwardsQuery,
    has_password: link.hasPassword,
    archived_at: isoTime(link.archivedAt),
    click_count: link.clickCount,
  }
}

type Row = ReturnType<typeof toRow>

const columns = [
  ...['short_code', 'short_url', 'original_url', 'title', 'note', 'tags', 'created_at'],
  ...['starts_at', 'expires_at', 'fallback_url', 'click_limit', 'forward_query', 'has_password'],
  ...['archived_at', 'click_count'],
] as readonly (keyof Row)[]

/** CSV (RFC 4180) that an import reads back without a change. */
export async function* linksAsCsv(pages: Pages, shortBaseUrl: string): Chunks {
  yield `${columns.join(',')}\r\n`
  for await (const links of pages) {
    yield links.map((link) => csvLine(toRow(link, shortBaseUrl))).join('')
  }
}

export async function* linksAsJson(pages: Pages, shortBaseUrl: string): Chunks {
  let separator = '['
  for await (const links of pages) {
    if (links.length === 0) continue
    const rows = links.map((link) => JSON.stringify(toRow(link, shortBaseUrl)))
    yield `${separator}\n${rows.join(',\n')}`
    separator = ','
  }
  yield separator === '[' ? '[]\n' : '\n]\n'
}

function csvLine(row: Row): string {
  const cells = columns.map((name) => cell(name === 'tags' ? tagsText(row.tags) : row[name]))
  return `${cells.join(',')}\r\n`
}

/** As other services write them, unless a tag contains a separator. */
function tagsText(tags: readonly string[]): string {
  const isPlain = tags.every((tag) => !/[|,;[]/.test(tag))
  return isPlain ? tags.join('|') : JSON.stringify(tags)
}

/**
 * Spreadsheets calculate text that begins like a formula (ASVS 5.0 V1.2.10): an apostrophe makes it text, and another one is
 * put before one that is there, so that an import removes what was added and nothing else.
 */
function cell(value: string | number | boolean | null | readonly string[]): string {
  const text = String(value ?? '')
  const guarded = /^'*\s*[=+\-@\t\uff1d\uff0b\uff0d\uff20]/u.test(text) ? `'${text}` : text
  return `"${guarded.replaceAll('"', '""')}"`
}

function isoTime(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString()
}
