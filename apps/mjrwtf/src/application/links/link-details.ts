import {
  type DestinationResult,
  type DestinationRules,
  parseDestination,
} from '../../domain/destination.ts'
import type { Link, LinkDetails } from '../../domain/link.ts'
import {
  parseClickLimit,
  parseEnd,
  parseLinkPassword,
  parseStart,
} from '../../domain/link-options.ts'
import { parseNote, parseTitle } from '../../domain/link-texts.ts'
import type { FieldError, Invalid, Parsed } from '../../domain/results.ts'
import { parseTags } from '../../domain/tag.ts'
import type { Instant } from '../../domain/time.ts'

/** Details of a link as the user entered them. Absent ones stay as they are. */
export interface LinkInput {
  readonly destination?: string | undefined
  /** RFC 3339, or `YYYY-MM-DDTHH:MM` (the value of a `datetime-local` input) in UTC. `null` or empty: never. */
  readonly expiresAt?: string | null | undefined
  /** As `expiresAt`. `null` or empty: from its creation on. */
  readonly startsAt?: string | null | undefined
  readonly fallbackUrl?: string | null | undefined
  readonly clickLimit?: string | number | null | undefined
  /** A new password. `null` or empty: visitors need none. */
  readonly password?: string | null | undefined
  readonly title?: string | null | undefined
  readonly note?: string | null | undefined
  readonly tags?: readonly string[] | null | undefined
  readonly forwardsQuery?: boolean | undefined
}

export type LinkDetailField = keyof LinkDetails | 'password'

/** Valid details. */
export interface ParsedLink {
  readonly details: Partial<LinkDetails>
  /** In the form that is hashed. `null`: visitors need none. `undefined`: unchanged. */
  readonly password: string | null | undefined
}

export interface LinkRules extends DestinationRules {
  readonly now: Instant
  /** The link that is edited, or `null` for a new one. */
  readonly current: Pick<Link, 'startsAt' | 'expiresAt'> | null
}

export type ParseLinkResult =
  | { readonly status: 'ok'; readonly parsed: ParsedLink }
  | Invalid<LinkDetailField>

/** Validates the details that the input contains. */
export function parseLinkInput(input: LinkInput, rules: LinkRules): ParseLinkResult {
  const { details, fields } = parseDetails(input, rules)
  const password = parsePassword(input.password)
  if (password.status === 'invalid') fields.push({ field: 'password', message: password.message })
  const merged = { startsAt: null, expiresAt: null, ...rules.current, ...details }
  if (fields.length === 0 && !startsBeforeItEnds(merged)) {
    const field = details.startsAt === undefined ? 'expiresAt' : 'startsAt'
    fields.push({ field, message: 'The start must be before the end.' })
  }
  if (password.status === 'invalid' || fields.length > 0) return { status: 'invalid', fields }
  return { status: 'ok', parsed: { details, password: password.value } }
}

function parsePassword(text: string | null | undefined): Parsed<string | null | undefined> {
  return text === undefined ? { status: 'ok', value: undefined } : parseLinkPassword(text)
}

type MutableDetails = { -readonly [Name in keyof LinkDetails]?: LinkDetails[Name] }

function parseDetails(input: LinkInput, rules: LinkRules) {
  const { now } = rules
  const current = rules.current ?? { startsAt: null, expiresAt: null }
  const details: MutableDetails = {}
  const fields: FieldError<LinkDetailField>[] = []
  function set<Name extends keyof LinkDetails>(field: Name, result: Parsed<LinkDetails[Name]>) {
    if (result.status === 'ok') details[field] = result.value
    else fields.push({ field, message: result.message })
  }
  const { destination, fallbackUrl, startsAt, expiresAt, clickLimit } = input
  const { title, note, tags, forwardsQuery } = input
  if (destination !== undefined) {
    const parsed = parseDestination(destination, rules)
    set('destination', toUrl(parsed))
    if (parsed.status === 'ok') details.typedDestination = parsed.typedDestination
  }
  if (title !== undefined) set('title', parseTitle(title ?? ''))
  if (note !== undefined) set('note', parseNote(note ?? ''))
  if (tags !== undefined) set('tags', parseTags(tags ?? []))
  if (startsAt !== undefined) set('startsAt', parseStart(startsAt, current.startsAt))
  if (expiresAt !== undefined) {
    set('expiresAt', parseEnd(expiresAt, { now, current: current.expiresAt }))
  }
  if (fallbackUrl !== undefined) set('fallbackUrl', toFallback(fallbackUrl, rules))
  if (clickLimit !== undefined) set('clickLimit', parseClickLimit(clickLimit))
  if (forwardsQuery !== undefined) details.forwardsQuery = forwardsQuery
  return { details, fields }
}

function toUrl(parsed: DestinationResult): Parsed<string> {
  return parsed.status === 'ok' ? { status: 'ok', value: parsed.destination } : parsed
}

function toFallback(text: string | null, rules: DestinationRules): Parsed<string | null> {
  return text === null || text.trim() === ''
    ? { status: 'ok', value: null }
    : toUrl(parseDestination(text, rules))
}

function startsBeforeItEnds({
  startsAt,
  expiresAt,
}: Pick<Link, 'startsAt' | 'expiresAt'>): boolean {
  return startsAt === null || expiresAt === null || startsAt < expiresAt
}
