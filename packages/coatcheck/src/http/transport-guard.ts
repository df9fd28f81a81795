import { askedUrl } from './asked-url.ts'
import type { Exchange } from './exchange.ts'
import { kindOf, redirect, refuse } from './guard-answers.ts'
import { isLoopback } from './public-origin.ts'
import type { RequestHead } from './request-slice.ts'
import type { WebContext } from './web-context.ts'

/** Refuses a request that names its host twice. */
export async function requireOneHost<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Response | null> {
  // What is said twice is joined with a comma, which no host has.
  const host = exchange.request.headers.get('host')
  return host?.includes(',') ? refuse(context, exchange, 'ambiguous_host') : null
}

/**
 * Sends pages asked for over plain http to https, and refuses what may have carried a credential.
 */
export async function requireHttps<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Response | null> {
  if (!context.origin.https || exchange.isHttps) return null
  const { request } = exchange
  if (kindOf(context, request) === 'page' && isRead(request)) {
    return redirect(308, atBaseUrl(context, request))
  }
  return refuse(context, exchange, 'https_required')
}

/** Sends a visitor of another loopback name to the configured one, where cookies and Origin fit. */
export function redirectToBaseUrl<Data>(
  context: WebContext<Data>,
  request: RequestHead,
): Response | null {
  const { https, host } = context.origin
  if (https || !isRead(request)) return null
  const asked = askedUrl(request, `http://${request.headers.get('host')}`)
  if (asked === null || asked.host === host || !isLoopback(asked.hostname)) return null
  // Not for good: the port is another project's tomorrow.
  return redirect(307, atBaseUrl(context, request))
}

function isRead({ method }: RequestHead): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The same path and query at the configured origin, never at the one the Host header names. */
function atBaseUrl<Data>({ origin }: WebContext<Data>, request: RequestHead): string {
  const { pathname = '/', search = '' } = askedUrl(request, origin.origin) ?? {}
  return `${origin.origin}${pathname}${search}`
}
