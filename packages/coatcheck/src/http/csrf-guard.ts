import type { CsrfRefusal } from '../domain/events.ts'
import { askedUrl } from './asked-url.ts'
import type { Exchange } from './exchange.ts'
import { mediaType } from './form-reader.ts'
import type { RefusalCode, RequestKind } from './refusal.ts'
import { refusalOf } from './refusal-responses.ts'
import { isUnsafe, judgeOrigin } from './request-origin.ts'
import type { WebContext } from './web-context.ts'

/** Form field of the CSRF token. */
const field = 'csrf_token'

/** What the second layer found. */
type TokenFinding =
  | { readonly status: 'matches' }
  | { readonly status: 'refused'; readonly code: RefusalCode; readonly reason: CsrfRefusal | null }

/** Guards an unsafe request in both layers; a safe one passes. */
export async function guardCsrf<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  kindOf: () => RequestKind,
): Promise<Response | null> {
  const { request } = exchange
  if (!isUnsafe(request.method)) return null
  const kind = kindOf()
  const foreign = judgeOrigin(request.headers, context.origin.origin)
  if (foreign !== null) {
    // The session is not asked for: a refusal that costs nothing cannot be used to load the store.
    await report(context, exchange, foreign)
    return exchange.respond(refusalOf('csrf_refused', kind))
  }
  const finding = kind === 'api' ? await judgeApi(exchange) : await judgePage(exchange)
  if (finding.status === 'matches') return null
  if (finding.reason !== null) await report(context, exchange, finding.reason)
  return exchange.respond(refusalOf(finding.code, kind))
}

/**
 * A type that no form can send, and a header that no form can set (ASVS 5.0 V3.5.2). Asked of every
 * unsafe method, with a body or without: one rule, and no request without a preflight.
 */
async function judgeApi<Data>(exchange: Exchange<Data>): Promise<TokenFinding> {
  const { headers } = exchange.request
  if (mediaType(headers) !== 'application/json') {
    return { status: 'refused', code: 'unsupported_media_type', reason: null }
  }
  return judgeToken(exchange, headers.get('x-csrf-token'))
}

async function judgePage<Data>(exchange: Exchange<Data>): Promise<TokenFinding> {
  const read = await exchange.readForm()
  if (read.status === 'refused') return { status: 'refused', code: read.reason, reason: null }
  const header = exchange.request.headers.get('x-csrf-token')
  const presented = read.status === 'form' ? read.fields.getAll(field) : []
  const [token = null, ...others] = header === null ? presented : [header, ...presented]
  // Which of two counts is what an attacker would like to choose.
  if (others.length > 0) {
    return { status: 'refused', code: 'malformed_form', reason: 'token-mismatch' }
  }
  return judgeToken(exchange, token)
}

async function judgeToken<Data>(
  exchange: Exchange<Data>,
  token: string | File | null,
): Promise<TokenFinding> {
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
  const ofToken = reason === 'token-missing' || reason === 'token-mismatch'
  context.report({
    type: 'csrf-refused',
    at: context.clock.now(),
    reason,
    method: request.method,
    // Without the query, which may hold what is nobody's business.
    path: askedUrl(request, context.origin.origin)?.pathname ?? '/',
    sessionId: ofToken ? ((await exchange.session())?.id ?? null) : null,
    ...client,
  })
}
