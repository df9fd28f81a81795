import type { SignInClient } from '../../application/ports/email.ts'
import type { Instant } from '../../domain/time.ts'

/** A row of a table in an email. */
export type Detail = readonly [name: string, value: string]

const date = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' })
const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' })

/** `January 15, 2030, 12:30 UTC`. The recipient's time zone is unknown. */
export function timestampText(instant: Instant): string {
  return `${date.format(instant)}, ${time.format(instant)} UTC`
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
