import type { Instant } from './time.ts'
import { parseFormInstant } from './time.ts'

/** A record of a file: its cells by the column's name as in the file. */
export type ImportRecord = Readonly<Record<string, string>>

/** A link of a file, as texts. Empty for what the file does not say. */
export interface ImportedTexts {
  readonly shortCode: string
  readonly destination: string
  readonly title: string
  readonly note: string
  readonly tags: readonly string[]
  readonly createdAt: string
  readonly startsAt: string
  readonly expiresAt: string
  readonly fallbackUrl: string
  readonly clickLimit: string
  readonly forwardsQuery: boolean
  readonly isArchived: boolean
  /** The link is protected by a password, which is in no file. */
  readonly hasPassword: boolean
  /** The link was deleted before the file was written. */
  readonly isRemoved: boolean
  /** Clicks up to now. */
  readonly clicks: string
}

type ImportField = keyof ImportedTexts

/** The services whose files are recognized. */
export const importFormats = ['mjrwtf', 'bitly', 'kutt', 'shlink', 'yourls', 'other'] as const
export type ImportFormat = (typeof importFormats)[number]

/**
 * Names of columns without case, spaces and punctuation, the most specific first: of several columns for a field the first
 * one with a value counts. `link` is the short link with Bitly and Kutt, `url` the destination with YOURLS.
 */
const columnNames: Readonly<Record<ImportField, readonly string[]>> = {
  destination: [
    ...['originalurl', 'longurl', 'destinationurl', 'destination', 'targeturl', 'target'],
    ...['redirecturl', 'url'],
  ],
  shortCode: [
    ...['shortcode', 'keyword', 'address', 'slug', 'alias', 'customalias', 'backhalf'],
    ...['custombackhalf', 'customslug', 'key', 'code', 'custombitlinks', 'custombitlink'],
    ...['bitlink', 'shorturl', 'shortlink', 'link', 'id'],
  ],
  title: ['title', 'name'],
  note: ['note', 'notes', 'description', 'comments'],
  tags: ['tags', 'tag', 'labels'],
  createdAt: [
    ...['createdat', 'datecreated', 'created', 'creationdate', 'createddate', 'createdutc'],
    ...['timestamp', 'date'],
  ],
  startsAt: ['startsat', 'validsince', 'startdate'],
  expiresAt: ['expiresat', 'validuntil', 'expirein', 'expirationdate', 'expiration', 'expires'],
  fallbackUrl: ['fallbackurl', 'expiredurl', 'expirationurl'],
  clickLimit: ['clicklimit', 'maxvisits', 'maxclicks'],
  forwardsQuery: ['forwardquery', 'forwardsquery'],
  isArchived: ['archivedat', 'archived', 'isarchived'],
  hasPassword: ['password', 'haspassword', 'passwordprotected'],
  isRemoved: ['removedat', 'deletedat'],
  clicks: [
    ...['clickcount', 'visitcount', 'totalclicks', 'clicks', 'visits', 'totalengagements'],
    ...['engagements', 'visitscount', 'visitssummarytotal'],
  ],
}

/** What distinguishes the files of a service, by the names of columns as above. */
const signatures: readonly (readonly [ImportFormat, readonly string[]])[] = [
  ['mjrwtf', ['shortcode', 'originalurl', 'shorturl']],
  ['kutt', ['address', 'target']],
  ['shlink', ['shortcode', 'longurl', 'shorturl']],
  ['yourls', ['keyword', 'url']],
  ['bitly', ['longurl', 'bitlink']],
  ['bitly', ['longurl', 'link']],
]

function columnKey(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
}

/** How the records of a file are read. */
export interface ImportColumns {
  readonly format: ImportFormat
  read(record: ImportRecord): ImportedTexts
}

/** Finds out which columns have which field. `null` if none of them can be the destination. */
export function recognizeColumns(names: readonly string[]): ImportColumns | null {
  const byKey = new Map<string, string>()
  for (const name of names) if (!byKey.has(columnKey(name))) byKey.set(columnKey(name), name)
  const format = signatures.find(([, keys]) => keys.every((key) => byKey.has(key)))?.[0] ?? 'other'
  const columnsOf = (field: ImportField) =>
    columnNames[field].flatMap((key) => byKey.get(key) ?? [])
  if (columnsOf('destination').length === 0) return null
  const cellOf = (record: ImportRecord, field: ImportField) =>
    columnsOf(field)
      .map((name) => record[name]?.trim() ?? '')
      .find((value) => value !== '') ?? ''
  return {
    format,
    read: (record) => ({
      shortCode: toShortCode(cellOf(record, 'shortCode'), format),
      destination: withoutGuard(cellOf(record, 'destination')),
      title: withoutGuard(cellOf(record, 'title')),
      note: withoutGuard(cellOf(record, 'note')),
      tags: toTags(withoutGuard(cellOf(record, 'tags'))),
      createdAt: cellOf(record, 'createdAt'),
      startsAt: cellOf(record, 'startsAt'),
      expiresAt: cellOf(record, 'expiresAt'),
      fallbackUrl: withoutGuard(cellOf(record, 'fallbackUrl')),
      clickLimit: cellOf(record, 'clickLimit'),
      forwardsQuery: isYes(cellOf(record, 'forwardsQuery')),
      isArchived: isYes(cellOf(record, 'isArchived')),
      hasPassword: isYes(cellOf(record, 'hasPassword')),
      isRemoved: isYes(cellOf(record, 'isRemoved')),
      clicks: cellOf(record, 'clicks'),
    }),
  }
}

/** The apostrophe that exports write before text that a spreadsheet would calculate. */
function withoutGuard(text: string): string {
  return /^'+\s*[=+\-@\t\uff1d\uff0b\uff0d\uff20]/u.test(text) ? text.slice(1) : text
}

/** Some services have the whole short link in their files, with or without a scheme. A code of ours may look like one. */
function toShortCode(text: string, format: ImportFormat): string {
  const code = withoutGuard(text)
  const { scheme, host, path } = shortUrlPattern.exec(code)?.groups ?? {}
  if (path === undefined || (scheme === undefined && format === 'mjrwtf')) return code
  return host?.includes('.') === true ? decode(path.replace(/\/$/, '')) : code
}

const shortUrlPattern = /^(?<scheme>https?:\/\/)?(?<host>[^/\s]+)\/(?<path>[^\s?#]+)/i

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** A JSON array, as in exports of this app with unusual tags, or a list with the separators that services use. */
function toTags(text: string): readonly string[] {
  const list = parseList(text)
  if (list !== null) return list
  const separator = text.includes('|') ? '|' : /[;,]/
  return text
    .split(separator)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
}

function parseList(text: string): readonly string[] | null {
  if (!text.startsWith('[')) return null
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : null
  } catch {
    return null
  }
}

/** Anything but a denial: a date, `true`, `yes`, `1`. */
function isYes(text: string): boolean {
  return !/^(|0|false|no|off|null|none)$/i.test(text)
}

/** Parses the times of exports: as in forms, a date alone, an offset without a colon, or seconds since 1970. */
export function parseImportedInstant(text: string): Instant | null {
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1_000
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return parseFormInstant(`${text}T00:00`)
  const offset = /^(?<local>.+\d)\s?(?<sign>[+-])(?<hours>\d{2})(?<minutes>\d{2})$/.exec(text)
  if (offset?.groups === undefined) return parseFormInstant(text.replace(/ (?:UTC|GMT)$/, 'Z'))
  const { local, sign, hours, minutes } = offset.groups
  return parseFormInstant(`${local}${sign}${hours}:${minutes}`)
}

/** A total of clicks, or `null`. Empty for none. */
export function parseClickTotal(text: string): number | null {
  if (text === '') return 0
  const digits = text.replaceAll(/[ ,.'_]/g, '')
  return /^\d{1,9}$/.test(digits) ? Number(digits) : null
}
