import type { RequestContext } from '../http-context.ts'

/**
 * Whether another site caused the request, as the browser reports (Fetch Metadata). A safe request of another site never
 * counts towards a limit, because that site could use up the limit of the user.
 */
export function isFromOtherSite(c: RequestContext): boolean {
  const site = c.req.header('Sec-Fetch-Site')
  return site === 'cross-site' || site === 'same-site'
}

/** Whether one of our pages or the user caused the request, as the browser reports. False if it does not report it. */
export function isFromOwnSite(c: RequestContext): boolean {
  const site = c.req.header('Sec-Fetch-Site')
  return site === 'same-origin' || site === 'none'
}
