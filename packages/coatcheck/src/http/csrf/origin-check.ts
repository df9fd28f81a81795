import type { CsrfRefusal } from '../../domain/events.ts'
import type { RequestHeaders } from '../incoming-request.ts'

/** The text that browsers send instead of an origin that they hide. */
const hiddenOrigin = 'null'

/**
 * First layer of the CSRF protection: whether one of our pages made the request, by headers that
 * browsers set and pages cannot forge. Compares with the configured origins, never with Host. Returns
 * `null` if the request passes.
 */
export function checkOrigin(
  headers: RequestHeaders,
  ownOrigin: string,
  trustedOrigins?: ReadonlySet<string>,
): CsrfRefusal | null {
  const origin = headers.get('origin')
  if (origin !== null && trustedOrigins?.has(origin)) return null
  const fetchSite = headers.get('sec-fetch-site')
  if (fetchSite === 'cross-site' || fetchSite === 'same-site') return 'cross-site'
  const isSameOrigin = fetchSite === 'same-origin'
  // Forms of a page with `Referrer-Policy: no-referrer`, which proxies add, hide their origin too. A
  // sandboxed page is never same-origin.
  if (origin === hiddenOrigin) return isSameOrigin ? null : 'foreign-origin'
  // Compared after `same-origin` too, which DNS rebinding to a foreign name would also satisfy.
  if (origin !== null) return origin === ownOrigin ? null : 'foreign-origin'
  if (isSameOrigin) return null
  // Absent, `none` or unknown: an old browser, or no browser.
  const referer = URL.parse(headers.get('referer') ?? '')
  return referer?.origin === ownOrigin ? null : 'foreign-origin'
}
