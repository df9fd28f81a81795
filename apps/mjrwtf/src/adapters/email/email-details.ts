import type { SignInClient } from '../../application/ports/send-mail.ts'
import type { Instant } from '../../domain/time.ts'

/** What it is, and what is known of it, for people. */
export type Detail = readonly [name: string, value: string]

const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' })

/** `15 January 2030, 12:30 UTC`: nobody knows in which zone a letter is read. */
export function timestampText(instant: Instant): string {
  return `${date.format(instant)}, ${time.format(instant)} UTC`
}

/** When, with what and from where somebody was there, as far as it is known. */
export function locationDetails(at: Instant, from: SignInClient): readonly Detail[] {
  const rows: readonly (readonly [string, string | null])[] = [
    ['When', timestampText(at)],
    ['Device', from.device],
    ['Address', from.ipAddress],
    ['Place', from.location],
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : [[name, sanitize(value)]]))
}

/**
 * An address to be recognised by who knows it: `n…@example.com`. A letter about it goes to another mailbox,
 * which may have become somebody else's.
 */
export function maskedEmail(email: string): string {
  const at = email.lastIndexOf('@')
  const [first = ''] = email
  return singleLine(`${first}…${email.slice(at)}`)
}

const maxLength = 100

/**
 * One line of plain words. Mail programs make links of what looks like one, and a visitor has a say in what
 * their device is called: without a scheme and with its dots apart it leads nowhere.
 */
function sanitize(value: string): string {
  return singleLine(value.replace(/:\/\//g, ' ').replace(/\.(?=\p{L})/gu, ' . '))
}

function singleLine(value: string): string {
  const line = value.replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line
}
