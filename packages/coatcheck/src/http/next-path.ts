import { rejectOption } from '../domain/errors.ts'

const maxPathLength = 2_048

/** Printable ASCII without space, backslash and fragment, which our own paths never contain. */
const allowedPattern = /^\/[\x21-\x22\x24-\x5b\x5d-\x7e]*$/

/** Encoded control characters and backslashes: a second decoding would make them effective. */
const ambiguousPattern = /%(?:[01][0-9a-f]|7f|5c)/i

/**
 * Returns a `next` parameter as path and query on `origin`, or `null` if it leads to another site, or
 * a browser, a proxy or a second parser could interpret it so (ASVS 5.0 V3.7.2). The normalized path
 * is checked too: `/.//h` becomes `//h`.
 */
export function parseNextPath(value: string | null | undefined, origin: string): string | null {
  if (typeof value !== 'string' || value.length > maxPathLength || !allowedPattern.test(value))
    return null
  const url = URL.parse(value, origin)
  if (url === null || url.origin !== origin) return null
  const protocolRelativePattern = /^\/(?:\/|%2f)/i
  if (protocolRelativePattern.test(value) || protocolRelativePattern.test(url.pathname)) return null
  if (ambiguousPattern.test(url.pathname)) return null
  return url.pathname + url.search
}

/** Throws `invalid-option`, naming the option, unless its value is a path on `origin` without a query. */
export function requirePath(option: string, path: string, origin: string): string {
  const isPath = typeof path === 'string' && parseNextPath(path, origin) === path
  if (isPath && !path.includes('?')) return path
  return rejectOption(`${option} must be a path that begins with / and has no query`)
}
