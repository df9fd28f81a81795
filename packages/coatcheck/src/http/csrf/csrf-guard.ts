import type { CsrfRefusal } from '../../domain/events.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { requireOwnExchange } from '../exchange/own-exchange.ts'
import { type FormResult, mediaType } from '../forms/form-reader.ts'
import { describeBodyRefusal, describeCsrfRefusal, detailOf } from '../guards/refusal-details.ts'
import {
  createRefusal,
  type RefusalCode,
  type RequestKind,
  stateLimits,
} from '../guards/refusals.ts'
import { isUnsafeMethod, type RequestHeaders, requestUrl } from '../incoming-request.ts'
import type { WebContext } from '../web-context.ts'
import { checkOrigin } from './origin-check.ts'
import { redirectSignedIn } from './signed-in-meanwhile.ts'

/** Form field of the CSRF token. */
const csrfFieldName = 'csrf_token'

/** Why the second layer refuses a request; `reason` is `null` if no event is reported. */
interface SecondRefusal {
  readonly code: RefusalCode
  readonly reason: CsrfRefusal | null
}

/** Checks the origin and then the token of an unsafe request; a safe request passes. */
export async function guardCsrf<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  getKind: () => RequestKind,
): Promise<Response | null> {
  requireOwnExchange(context, exchange)
  const { request } = exchange
  if (!isUnsafeMethod(request.method)) return null
  const kind = getKind()
  const detailFor = (reason: CsrfRefusal) =>
    detailOf(context, () => describeCsrfRefusal(context, request, [reason, kind]))
  // Trusted origins may call the API, and are not trusted with forms.
  const trustedOrigins = kind === 'api' ? context.trustedOrigins : undefined
  const originRefusal = checkOrigin(request.headers, context.origin.origin, trustedOrigins)
  if (originRefusal !== null) {
    // Does not read the session: a refusal without a store read cannot be used to load the store.
    await report(context, exchange, originRefusal)
    const detail = detailFor(originRefusal)
    return exchange.respond(createRefusal('csrf_refused', kind, detail))
  }
  const refusal =
    context.csrf === 'origin'
      ? checkMediaType(request.headers, kind)
      : await checkToken(exchange, kind)
  if (refusal === null) return null
  const redirected = await redirectSignedIn(context, exchange, refusal.reason)
  if (redirected !== null) return redirected
  const { code, reason } = refusal
  if (reason !== null) await report(context, exchange, reason)
  const detail =
    reason === null ? detailOf(context, () => describeBodyRefusal(code)) : detailFor(reason)
  const refused = createRefusal(code, kind, detail)
  return exchange.respond(
    code === 'form_too_large' ? stateLimits(refused, context.formLimits) : refused,
  )
}

/**
 * A header with the token decides, and the body is not read: no form and no link can set the header,
 * and scripts of other origins cannot send it without a preflight (ASVS 5.0 V3.5.2), so every media
 * type is safe. Without the header, pages send the token in a field; the API requires the header.
 */
async function checkToken<Data>(
  exchange: Exchange<Data>,
  kind: RequestKind,
): Promise<SecondRefusal | null> {
  const header = exchange.request.headers.get('x-csrf-token')
  if (header !== null || kind === 'api') return matchToken(exchange, header)
  const form = await exchange.readForm()
  const [token = null, ...others] = tokensIn(form)
  if (form.status === 'refused' && token === null) return { code: form.reason, reason: null }
  // With two tokens an attacker could choose which one counts.
  if (others.length > 0) return { code: 'malformed_form', reason: 'token-mismatch' }
  return matchToken(exchange, token)
}

/** The tokens of a form; of a multipart form that is too large to read, its first field. */
function tokensIn(form: FormResult): readonly (string | File)[] {
  if (form.status === 'form') return form.fields.getAll(csrfFieldName)
  if (form.status === 'none' || form.reason === 'malformed_form') return []
  const [name, value] = form.firstField ?? []
  return name === csrfFieldName && value !== undefined ? [value] : []
}

async function matchToken<Data>(
  exchange: Exchange<Data>,
  token: string | File | null,
): Promise<SecondRefusal | null> {
  const code = 'csrf_refused'
  if (token === null || token === '') return { code, reason: 'token-missing' }
  const matches = typeof token === 'string' && (await exchange.matchesCsrfToken(token))
  return matches ? null : { code, reason: 'token-mismatch' }
}

/** Media types that a form can send, and a script of another origin without a preflight (Fetch 2.2.2). */
const formTypes: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
])

/**
 * Without tokens, a body for the API must be of a type that needs a preflight (ASVS 5.0 V3.5.2): a page
 * of another origin can then not even send it.
 */
function checkMediaType(headers: RequestHeaders, kind: RequestKind): SecondRefusal | null {
  if (kind === 'page') return null
  const type = mediaType(headers)
  const needsPreflight = type === '' ? !hasBody(headers) : !formTypes.has(type)
  return needsPreflight ? null : { code: 'unsupported_media_type', reason: null }
}

function hasBody(headers: RequestHeaders): boolean {
  const length = headers.get('content-length') ?? '0'
  return length !== '0' || headers.get('transfer-encoding') !== null
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
