import { codeKey } from './code-key.ts'

/** A short code as a visitor requested it. */
export interface RequestedCode {
  /** In NFC. May have no valid format. */
  readonly code: string
  /** A plus sign follows the code: show the destination without redirecting. */
  readonly preview: boolean
}

/** In UTF-16. A longer path cannot be that of a short link, whatever was added to it. */
const maxPathLength = 500

/** Characters that neither start nor end a code: a link picks them up in a sentence, in quotes or in markup. */
const leading = /^[^\p{L}\p{Nd}_-]+/u
const trailing = /[^\p{L}\p{M}\p{Nd}_-]+$/u
const invisible = /[\p{Cf}\p{Z}\t\n\r]/gu
const control = /[^\P{Cc}\t\n\r]/u

/** Reads a path, percent-decoded once and without its first slash. `null` if it can be no short link. */
export function parseRequestedCode(path: string): RequestedCode | null {
  if (path === '' || path.length > maxPathLength || control.test(path)) return null
  const text = path.normalize('NFC')
  const tail = trailing.exec(text)?.[0] ?? ''
  // Whatever else follows the code: a request for a preview must never redirect.
  const plus = tail.indexOf('+')
  if (plus === -1) return { code: text, preview: false }
  return { code: text.slice(0, text.length - tail.length + plus), preview: true }
}

/**
 * The keys of the codes that a visitor may mean, first that of the requested one, then without what a link picks up when it
 * is copied: a trailing slash, punctuation around it, quotes, spaces, invisible characters.
 */
export function keysOfRequest({ code }: RequestedCode): readonly string[] {
  const visible = code.replaceAll(invisible, '')
  const cleaned = visible.replace(leading, '').replace(trailing, '')
  return [...new Set([code, cleaned].map(codeKey))].filter((key) => key !== '')
}
