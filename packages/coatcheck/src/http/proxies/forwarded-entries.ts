import { trimOws } from '../cookies/cookie-header.ts'
import type { RequestHeaders } from '../incoming-request.ts'

/** The header in which proxies forward a client's IP address. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded'

/** What one proxy says about the peer that sent it the request. */
export interface ForwardedEntry {
  /** As sent: perhaps with a port, `unknown` or an obfuscated identifier. Empty if absent. */
  readonly address: string
  /** As sent, in lower case; `null` if this header does not contain it. */
  readonly scheme: string | null
}

/**
 * Reads the entries of a header, beginning with the last, which the nearest proxy has appended, and
 * then `null`. What a client sends never changes how an entry that was appended to it is read.
 */
export type ReadEntry = () => ForwardedEntry | null

export function createEntryReader(header: ForwardedHeader, headers: RequestHeaders): ReadEntry {
  let rest = headers.get(header)
  return () => {
    if (rest === null) return null
    const comma = header === 'forwarded' ? lastUnquotedComma(rest) : rest.lastIndexOf(',')
    const text = trimOws(rest.slice(comma + 1))
    rest = comma === -1 ? null : rest.slice(0, comma)
    return header === 'forwarded' ? parseElement(text) : { address: text, scheme: null }
  }
}

/**
 * Returns the index of the last comma outside of quotes, or -1. Counts quotes from the end: the quotes of
 * appended elements are balanced, so an unbalanced one of a client cannot span them.
 */
function lastUnquotedComma(text: string): number {
  let isQuoted = false
  for (let index = text.length - 1; index >= 0; index -= 1) {
    if (text[index] === '"' && !(isQuoted && isEscaped(text, index))) isQuoted = !isQuoted
    else if (text[index] === ',' && !isQuoted) return index
  }
  return -1
}

/** Whether an odd number of backslashes precedes the character. */
function isEscaped(text: string, index: number): boolean {
  let start = index
  while (text[start - 1] === '\\') start -= 1
  return (index - start) % 2 === 1
}

/** Longer than any element of a proxy, and short enough for every expression below. */
const maxElementLength = 1_024

/**
 * One `name=value` of RFC 7239 section 4. Tolerates an IP address with a port or in brackets that is not
 * quoted, as several proxies send it, and spaces around the semicolon.
 */
const pairPattern = /^[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*))[ \t]*(?:;|$)/

const invalidElement: ForwardedEntry = { address: '', scheme: null }

/** An element with an error or a repeated parameter says nothing. */
function parseElement(text: string): ForwardedEntry {
  if (text.length > maxElementLength) return invalidElement
  const parameters = new Map<string, string>()
  let rest = text
  while (rest !== '') {
    const [pair, name = '', quoted, plain = ''] = pairPattern.exec(rest) ?? []
    if (pair === undefined || parameters.has(name.toLowerCase())) return invalidElement
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain)
    rest = rest.slice(pair.length)
  }
  return {
    // Without an obfuscated port (section 6.3).
    address: (parameters.get('for') ?? '').replace(/:_[\w.-]+$/, ''),
    scheme: parameters.get('proto')?.toLowerCase() ?? null,
  }
}
