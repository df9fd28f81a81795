import type { CsrfRefusal } from '../domain/events.ts'
import type { Exchange } from './exchange.ts'
import { mediaType } from './form-reader.ts'
import { isUnsafeMethod, type RequestHeaders, requestUrl } from './incoming-request.ts'
import { createRefusal, type RefusalCode, type RequestKind } from './refusals.ts'
import type { WebContext } from './web-context.ts'

/** Form field of the CSRF token. */
const csrfFieldName = 'csrf_token'

/** Why the second layer refuses a request; `reason` is `null` if no event is reported. */
interface TokenRefusal {
  readonly code: RefusalCode
  readonly reason: CsrfRefusal | null
}

/** Checks the origin and then the token of an unsafe request; a safe request passes. */
export async function guardCsrf<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  getKind: () => RequestKind,
): Promise<Response | null> {
  const { request } = exchange
  if (!isUnsafeMethod(request.method)) return null
  const kind = getKind()
  const originRefusal = checkOrigin(request.headers, context.origin.origin)
  if (originRefusal !== null) {
    // Does not read the session: a refusal without a store read cannot be used to load the store.
    await report(context, exchange, originRefusal)
    return exchange.respond(createRefusal('csrf_refused', kind))
  }
  const refusal = await (kind === 'api' ? checkApiRequest(exchange) : checkPageRequest(exchange))
  if (refusal === null) return null
  if (refusal.reason !== null) await report(context, exchange, refusal.reason)
  return exchange.respond(createRefusal(refusal.code, kind))
}

/**
 * First layer: whether one of our pages made the request, by headers that browsers set and pages
 * cannot forge. Compares with the configured origin, never with Host. Returns `null` if it passes.
 */
export function checkOrigin(headers: RequestHeaders, ownOrigin: string): CsrfRefusal | null {
  const fetchSite = headers.get('sec-fetch-site')
  if (fetchSite === 'cross-site' || fetchSite === 'same-site') return 'cross-site'
  const origin = headers.get('origin')
  // Checked after `same-origin` too, which DNS rebinding to a foreign name would also satisfy.
  // Sandboxed pages send the text `null`; it is never ours.
  if (origin !== null) return origin === ownOrigin ? null : 'foreign-origin'
  if (fetchSite === 'same-origin') return null
  // Absent, `none` or unknown: an old browser, or no browser.
  const referer = URL.parse(headers.get('referer') ?? '')
  return referer?.origin === ownOrigin ? null : 'foreign-origin'
}

/**
 * Requires a media type that no form can send and a header that no form can set (ASVS 5.0 V3.5.2),
 * with or without a body, so that no request avoids the preflight.
 */
async function checkApiRequest<Data>(exchange: Exchange<Data>): Promise<TokenRefusal | null> {
  const { headers } = exchange.request
  const isJson = mediaType(headers) === 'application/json'
  if (!isJson) return { code: 'unsupported_media_type', reason: null }
  return checkToken(exchange, headers.get('x-csrf-token'))
}

async function checkPageRequest<Data>(exchange: Exchange<Data>): Promise<TokenRefusal | null> {
  const result = await exchange.readForm()
  if (result.status === 'refused') return { code: result.reason, reason: null }
  const header = exchange.request.headers.get('x-csrf-token')
  const presented = result.status === 'form' ? result.fields.getAll(csrfFieldName) : []
  const [token = null, ...others] = header === null ? presented : [header, ...presented]
  // With two tokens an attacker could choose which one counts.
  if (others.length > 0) return { code: 'malformed_form', reason: 'token-mismatch' }
  return checkToken(exchange, token)
}

async function checkToken<Data>(
  exchange: Exchange<Data>,
  token: string | File | null,
): Promise<TokenRefusal | null> {
  const code = 'csrf_refused'
  if (token === null || token === '') return { code, reason: 'token-missing' }
  const matches = typeof token === 'string' && (await exchange.matchesCsrfToken(token))
  return matches ? null : { code, reason: 'token-mismatch' }
}

/** Reports that a request was refused. */
export async function report<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  reason: CsrfRefusal,
): Promise<void> {
  const { request, client } = exchange
  const isTokenRefusal = reason === 'token-missing' || reason === 'token-mismatch'
  context.report({
    type: 'csrf-refused',
    at: context.clock.now(),
    reason,
    method: request.method,
    // Without the query, which may contain secrets.
    path: requestUrl(request, context.origin.origin)?.pathname ?? '/',
    sessionId: isTokenRefusal ? ((await exchange.session())?.id ?? null) : null,
    ...client,
  })
}
