import type { CsrfRefusal } from '../domain/events.ts'
import type { Exchange } from './exchange.ts'
import { mediaType } from './form-reader.ts'
import type { RefusalCode, RequestKind } from './refusal.ts'
import { createRefusal } from './refusals.ts'
import { checkOrigin, isUnsafeMethod } from './request-origin.ts'
import { requestUrl } from './request-url.ts'
import type { WebContext } from './web-context.ts'

/** Form field of the CSRF token. */
const csrfFieldName = 'csrf_token'

/** What the second layer found. */
type TokenCheck =
  | { readonly status: 'matches' }
  | { readonly status: 'refused'; readonly code: RefusalCode; readonly reason: CsrfRefusal | null }

/** Guards an unsafe request in both layers; a safe one passes. */
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
    // The session is not asked for: a refusal that costs nothing cannot be used to load the store.
    await report(context, exchange, originRefusal)
    return exchange.respond(createRefusal('csrf_refused', kind))
  }
  const check = kind === 'api' ? await checkApiRequest(exchange) : await checkPageRequest(exchange)
  if (check.status === 'matches') return null
  if (check.reason !== null) await report(context, exchange, check.reason)
  return exchange.respond(createRefusal(check.code, kind))
}

/**
 * A type that no form can send, and a header that no form can set (ASVS 5.0 V3.5.2). Asked of every
 * unsafe method, with a body or without: one rule, and no request without a preflight.
 */
async function checkApiRequest<Data>(exchange: Exchange<Data>): Promise<TokenCheck> {
  const { headers } = exchange.request
  if (mediaType(headers) !== 'application/json') {
    return { status: 'refused', code: 'unsupported_media_type', reason: null }
  }
  return checkToken(exchange, headers.get('x-csrf-token'))
}

async function checkPageRequest<Data>(exchange: Exchange<Data>): Promise<TokenCheck> {
  const result = await exchange.readForm()
  if (result.status === 'refused') return { status: 'refused', code: result.reason, reason: null }
  const header = exchange.request.headers.get('x-csrf-token')
  const presented = result.status === 'form' ? result.fields.getAll(csrfFieldName) : []
  const [token = null, ...others] = header === null ? presented : [header, ...presented]
  // Which of two counts is what an attacker would like to choose.
  if (others.length > 0) {
    return { status: 'refused', code: 'malformed_form', reason: 'token-mismatch' }
  }
  return checkToken(exchange, token)
}

async function checkToken<Data>(
  exchange: Exchange<Data>,
  token: string | File | null,
): Promise<TokenCheck> {
  const code = 'csrf_refused'
  if (token === null || token === '') return { status: 'refused', code, reason: 'token-missing' }
  if (typeof token === 'string' && (await exchange.matchesCsrfToken(token))) {
    return { status: 'matches' }
  }
  return { status: 'refused', code, reason: 'token-mismatch' }
}

async function report<Data>(
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
    // Without the query, which may hold what is nobody's business.
    path: requestUrl(request, context.origin.origin)?.pathname ?? '/',
    sessionId: isTokenRefusal ? ((await exchange.session())?.id ?? null) : null,
    ...client,
  })
}
