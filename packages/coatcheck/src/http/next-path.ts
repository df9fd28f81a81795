const maxPathLength = 2_048

/** Printable ASCII without space, backslash and fragment: all that a path we wrote ourselves has. */
const allowedPattern = /^\/[\x21-\x22\x24-\x5b\x5d-\x7e]*$/

/** Encoded control characters and backslashes, which one more decoding would turn into the real ones. */
const ambiguousPattern = /%(?:[01][0-9a-f]|7f|5c)/i

/**
 * A `next` parameter as path and query on `origin`, or `null` when it leads elsewhere or could be read
 * so by a browser, a proxy or a second parser (ASVS 5.0 V3.7.2). Parsed again after normalising:
 * `/.//h` is harmless until its dots are gone.
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
