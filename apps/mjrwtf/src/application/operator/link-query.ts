import { parseEmail } from '../../domain/email.ts'

/** What an administrator searches links by. A text without a scheme may be a code and a host. */
export interface LinkQuery {
  readonly code: string | null
  /** Of the destination, as in an origin: in lower case and Punycode, with its port unless it is the default. */
  readonly host: string | null
  readonly email: string | null
}

const all: LinkQuery = { code: null, host: null, email: null }

/** Whether the URLs of a host, with its port unless it is the default, are short URLs. */
export type IsShortHost = (host: string) => boolean

/** Reads the text of a search: all links for an empty one. */
export function parseLinkQuery(text: string, isShortHost: IsShortHost): LinkQuery {
  const trimmed = text.trim()
  if (trimmed === '') return all
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)
  const email = hasScheme || trimmed.includes('/') ? null : parseEmail(trimmed)
  if (email !== null) return { ...all, email }
  const url = URL.parse(hasScheme ? trimmed : `https://${trimmed}`)
  if (url !== null && isShortHost(url.host)) {
    return { ...all, code: decode(url.pathname.slice(1)).replace(/\+$/, '') }
  }
  const host = url !== null && (hasScheme || url.host.includes('.')) ? url.host : null
  return { ...all, code: hasScheme ? null : trimmed, host }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
