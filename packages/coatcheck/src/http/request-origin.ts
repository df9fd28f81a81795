import type { CsrfRefusal } from '../domain/events.ts'
import type { RequestHeaders } from './incoming-request.ts'

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a method is meant to change something (RFC 9110 section 9.2.1). An unknown one is. */
export function isUnsafeMethod(method: string): boolean {
  return !safeMethods.has(method)
}

/**
 * First layer of the CSRF guard: whether a page of ours made the request, by what
 * browsers say of it and pages cannot forge. Compares with the configured origin, never
 * with Host. `null` lets pass.
 */
export function checkOrigin(headers: RequestHeaders, ownOrigin: string): CsrfRefusal | null {
  const fetchSite = headers.get('sec-fetch-site')
  if (fetchSite === 'cross-site' || fetchSite === 'same-site') return 'cross-site'
  const origin = headers.get('origin')
  // Also after `same-origin`: under a name that is not ours (DNS rebinding) it would be true as
  // well. The text `null`, which sandboxed and privacy-hiding pages send, is nobody's origin.
  if (origin !== null) return origin === ownOrigin ? null : 'foreign-origin'
  if (fetchSite === 'same-origin') return null
  // Absent, `none` or unknown: an old browser, or no browser.
  const referer = URL.parse(headers.get('referer') ?? '')
  return referer?.origin === ownOrigin ? null : 'foreign-origin'
}
