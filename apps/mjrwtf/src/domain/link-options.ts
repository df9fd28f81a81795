import type { Link } from './link.ts'
import { normalizePassword } from './password.ts'
import type { Parsed } from './results.ts'
import { type Instant, minute, parseFormInstant } from './time.ts'

/** Both databases and all date pickers support this instant. */
const maxInstant = Date.UTC(9999, 11, 31)

const invalidInstant = 'Enter a valid date and time, such as 2030-12-31T23:59:00Z.'

/**
 * Parses the end of a link: empty for never, otherwise an instant in the future. `current` is the end that the link has: a form
 * that contains it, without seconds, does not change it, even if it has passed.
 */
export function parseEnd(
  text: string | null,
  { now, current }: { readonly now: Instant; readonly current: Instant | null },
): Parsed<Instant | null> {
  const parsed = parseStart(text, current)
  if (parsed.status === 'invalid' || parsed.value === null) return parsed
  if (parsed.value === current || parsed.value > now) return parsed
  return invalid('Choose a time in the future.')
}

/** Parses the start of a link: empty for its creation. One in the past has the same effect. `current` as for `parseEnd`. */
export function parseStart(text: string | null, current: Instant | null): Parsed<Instant | null> {
  const trimmed = text?.trim() ?? ''
  if (trimmed === '') return { status: 'ok', value: null }
  const instant = parseFormInstant(trimmed)
  if (instant === null || instant > maxInstant) return invalid(invalidInstant)
  const isUnchanged = current !== null && instant === current - (current % minute)
  return { status: 'ok', value: isUnchanged ? current : instant }
}

/** More than any link gets, and a number that both databases store. */
const maxClickLimit = 1_000_000_000

/** Parses a click limit: empty for none. */
export function parseClickLimit(input: string | number | null): Parsed<number | null> {
  const text = String(input ?? '').trim()
  if (text === '') return { status: 'ok', value: null }
  const limit = /^\d{1,10}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > maxClickLimit)
    return invalid('Enter a whole number from 1 to 1,000,000,000.')
  return { status: 'ok', value: limit }
}

/**
 * In code points. Short enough for a PIN that is read aloud: guesses are limited by link and network, and a link password
 * opens a destination, not an account.
 */
export const linkPasswordLength = { min: 4, max: 128 } as const

/** Parses the password of a link: empty for none, otherwise in the form that is hashed. Not trimmed. */
export function parseLinkPassword(text: string | null): Parsed<string | null> {
  if (text === null || text === '') return { status: 'ok', value: null }
  const password = normalizePassword(text)
  const length = [...password].length
  const { min, max } = linkPasswordLength
  if (length < min) return invalid(`Use at least ${min} characters.`)
  if (length > max) return invalid(`Use at most ${max} characters.`)
  if (/[\p{Cc}\p{Cs}]/u.test(password)) return invalid('Remove the control characters.')
  return { status: 'ok', value: password }
}

/** Where a link is in its life, apart from what its owner or the operator did to it. */
export type LinkPhase = 'scheduled' | 'active' | 'ended'

type PhaseInput = Pick<Link, 'startsAt' | 'expiresAt' | 'clickLimit'> & {
  /** Visits that counted towards the click limit. */
  readonly admittedClicks: number
}

/** A link that has started and not ended is active, until its click limit is reached. An end before the start ends it. */
export function linkPhase(link: PhaseInput, now: Instant): LinkPhase {
  if (link.clickLimit !== null && link.admittedClicks >= link.clickLimit) return 'ended'
  if (link.expiresAt !== null && now >= link.expiresAt) return 'ended'
  return link.startsAt !== null && now < link.startsAt ? 'scheduled' : 'active'
}

function invalid(message: string) {
  return { status: 'invalid', message } as const
}
