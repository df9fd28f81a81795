import type { SignInClient } from '../../application/ports/email.ts'
import type { Instant } from '../../domain/time.ts'
import { type TimeZone, utc } from '../../domain/time-zone.ts'

/** A row of a table in an email. */
export type Detail = readonly [name: string, value: string]

/** Of the email that is being composed. */
let timeZone = utc

/** Composes with times in the zone. Composing is synchronous, so that no other email is composed in between. */
export function writeTimesIn<Result>(zone: TimeZone, compose: () => Result): Result {
  const before = timeZone
  timeZone = zone
  try {
    return compose()
  } finally {
    timeZone = before
  }
}

/** `January 15, 2030, 13:30 CET`, in the zone of the recipient. */
export function timestampText(instant: Instant): string {
  const date = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone })
  const time = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  })
  return `${date.format(instant)}, ${time.format(instant)}`
}

/** Rows with the time, device and location of a client; unknown values are omitted. */
export function clientDetails(at: Instant, from: SignInClient): readonly Detail[] {
  const rows: readonly (readonly [string, string | null])[] = [
    ['When', timestampText(at)],
    ['Device', from.device],
    ['IP address', from.ipAddress],
    ['Location', from.location],
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : [[name, sanitize(value)]]))
}

/** A row with text that a user chose. */
export function chosenDetail(name: string, value: string): Detail {
  return [name, sanitize(value)]
}

/**
 * An email that only those who know it recognize: `n…@example.com`. It is sent to a different mailbox, which may no
 * longer belong to the user.
 */
export function maskedEmail(email: string): string {
  const at = email.lastIndexOf('@')
  const [first = ''] = email
  return singleLine(`${first}…${email.slice(at)}`)
}

const maxLength = 100

/**
 * One line without anything that looks like a URL. Mail programs turn URLs into links, and the client controls its
 * device name; removing schemes and separating dots prevents that.
 */
function sanitize(value: string): string {
  return singleLine(value.replace(/:\/\//g, ' ').replace(/\.(?=\p{L})/gu, ' . '))
}

function singleLine(value: string): string {
  const line = value.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line
}
