import type { FieldError, Invalid } from './results.ts'
import type { Instant } from './time.ts'

/** What an administrator can change of a short domain. */
export interface ShortDomainDetails {
  /** Where its root redirects to, or `null` for an error page. */
  readonly rootUrl: string | null
  /** Where a code redirects to that no link has, or `null` for an error page. */
  readonly notFoundUrl: string | null
  /** On that error page. Empty for the text of every other one. */
  readonly notFoundText: string
}

/** A further host on which short links are served. */
export interface ShortDomain extends ShortDomainDetails {
  /** As in an origin: in ASCII and lower case, with the port unless it is the default one. */
  readonly host: string
  readonly createdAt: Instant
}

/** Every process keeps all of them in memory. */
export const maxShortDomains = 50

const maxTextLength = 500
const maxUrlLength = 2_048

export interface ShortDomainInput {
  readonly rootUrl: string
  readonly notFoundUrl: string
  readonly notFoundText: string
}

/** The host of a domain as an administrator types or pastes it, or `null`: a name, without a path. */
export function parseShortHost(text: string): string | null {
  const name = text
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/$/, '')
  const url = /[\s/?#@\\]/.test(name) ? null : URL.parse(`https://${name}`)
  if (url === null || url.host.length > 253) return null
  // An IP address has no name that a certificate could be for.
  return /^[^[]*[a-z][^.:]*\.?(?::\d+)?$/.test(url.host) ? url.host.replace(/\.(?=:|$)/, '') : null
}

export type ShortDomainResult =
  | { readonly status: 'ok'; readonly details: ShortDomainDetails }
  | Invalid<keyof ShortDomainDetails>

/** Validates the details of the domain. Its own URLs would redirect without end. */
export function parseShortDomain(input: ShortDomainInput, host: string): ShortDomainResult {
  const rootUrl = parseUrl(input.rootUrl)
  const notFoundUrl = parseUrl(input.notFoundUrl)
  const notFoundText = input.notFoundText.trim()
  const fields: FieldError<keyof ShortDomainDetails>[] = []
  const reject = (field: keyof ShortDomainDetails, message: string) =>
    void fields.push({ field, message })

  if (rootUrl === undefined) reject('rootUrl', urlMessage)
  else if (rootUrl?.host === host && rootUrl.pathname === '/') reject('rootUrl', loopMessage)
  if (notFoundUrl === undefined) reject('notFoundUrl', urlMessage)
  else if (notFoundUrl?.host === host) reject('notFoundUrl', loopMessage)
  if (notFoundText.length > maxTextLength) {
    reject(
      'notFoundText',
      `Enter at most ${maxTextLength} characters: these are ${notFoundText.length}.`,
    )
  } else if (/[^\P{C}\r\n]/u.test(notFoundText)) {
    reject(
      'notFoundText',
      'The text contains a character that is invisible or changes its direction.',
    )
  } else if (notFoundText !== '' && notFoundUrl instanceof URL) {
    reject('notFoundText', 'Enter a text or a URL, not both.')
  }
  if (fields.length > 0) return { status: 'invalid', fields }
  const [root, notFound] = [rootUrl?.href ?? null, notFoundUrl?.href ?? null]
  return { status: 'ok', details: { rootUrl: root, notFoundUrl: notFound, notFoundText } }
}

const urlMessage = 'Enter a URL that starts with https:// or http://, or leave it empty.'
const loopMessage = 'This would redirect to itself. Enter another URL.'

/** `null` if empty, `undefined` if invalid. */
function parseUrl(text: string): URL | null | undefined {
  if (text.trim() === '') return null
  const url = text.length > maxUrlLength ? null : URL.parse(text.trim())
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && url.username === ''
  return isWeb ? url : undefined
}
