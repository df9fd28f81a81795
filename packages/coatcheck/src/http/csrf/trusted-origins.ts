import { rejectOption } from '../../domain/errors.ts'
import { isLoopback } from '../public-origin.ts'

/**
 * Parses `trustedOrigins`. `undefined` if there are none, so that a request costs one comparison.
 * Throws `invalid-option` for everything but exact origins.
 */
export function parseTrustedOrigins(
  origins: readonly string[] = [],
): ReadonlySet<string> | undefined {
  if (!Array.isArray(origins)) rejectOption('trustedOrigins must be a list of origins')
  return origins.length === 0 ? undefined : new Set(origins.map(parseTrustedOrigin))
}

function parseTrustedOrigin(text: string, index: number): string {
  const name = `trustedOrigins[${index}]`
  const expected = 'must be an origin such as https://app.example: no wildcard, path or credentials'
  // The text `null` is the origin of every sandboxed page.
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || url.host === '' || url.host.includes('*')) rejectOption(`${name} ${expected}`)
  // Browsers send origins in this spelling.
  const isOrigin = text.toLowerCase().replace(/\/$/, '') === url.origin
  if (!isOrigin) rejectOption(`${name} ${expected}`)
  const isHttps = url.protocol === 'https:'
  if (!isHttps && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    rejectOption(`${name} must be https: plain http is allowed only on a loopback name`)
  }
  return url.origin
}
