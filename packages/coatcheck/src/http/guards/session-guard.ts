import type { Session } from '../../domain/session.ts'
import { type Milliseconds, minute, second } from '../../domain/time.ts'
import type { StepUpReason, VerifyOptions } from '../../sessions/sessions.ts'
import { guardCsrf } from '../csrf/csrf-guard.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { requireOwnExchange } from '../exchange/own-exchange.ts'
import {
  isUnsafeMethod,
  type RequestHead,
  type RequestHeaders,
  requestUrl,
} from '../incoming-request.ts'
import { isResponse } from '../is-response.ts'
import { parseNextPath } from '../next-path.ts'
import type { WebContext } from '../web-context.ts'
import type { Authentication, BearerOptions } from '../web-sessions.ts'
import { redirect, refuse, requestKindOf } from './guard-responses.ts'
import {
  describeGuardedSignInPage,
  describeRecentAuthentication,
  detailOf,
} from './refusal-details.ts'
import { createRefusal, type RefusalCode } from './refusals.ts'

/** Requires an active session. */
export async function requireSession<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  options?: VerifyOptions,
): Promise<Response | Session<Data>> {
  requireOwnExchange(context, exchange)
  const verified = await exchange.verification(options)
  if (verified.status === 'active') return verified.session
  if (verified.status === 'ended' && isNavigation(context, exchange.request)) {
    await exchange.expireEndedCookie()
  }
  const isReplaced = verified.status === 'none' && verified.reason === 'secret-replaced'
  if (isReplaced && mayRepeat(context, exchange)) {
    return redirect(303, requestedPath(context, exchange.request))
  }
  const page = `${context.signInPath}?`
  return verified.status === 'ended'
    ? refuseOrRedirect(context, exchange, ['session_expired', `${page}error=session_expired&`])
    : refuseOrRedirect(context, exchange, ['sign_in_required', page])
}

/** Returns the session, or `null` for an anonymous visitor. */
export async function optionalSession<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Session<Data> | null> {
  requireOwnExchange(context, exchange)
  return exchange.session()
}

const repeatCookie = 'coatcheckrepeat'

/**
 * Whether to let a browser whose secret was just replaced repeat the request: it has the new secret by now.
 * Once: one that has not stored the new cookie would repeat it without end.
 */
function mayRepeat<Data>(context: WebContext<Data>, exchange: Exchange<Data>): boolean {
  const isPage = requestKindOf(context, exchange.request) === 'page'
  if (!isPage || exchange.signedCookie(repeatCookie) !== null) return false
  exchange.setSignedCookie({ name: repeatCookie, value: '1', maxAge: 10 * second })
  return true
}

/** The default of the option of this name. */
export const recentAuthenticationTimeout: Milliseconds = 15 * minute

/** Requires a recent authentication from the same client, checked against the store. */
export async function requireRecentAuthentication<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Response | Session<Data>> {
  const session = await requireSession(context, exchange, { skipCache: true })
  if (isResponse(session)) return session
  const age = context.clock.now() - session.authenticatedAt
  const isRecent = age < context.recentAuthenticationTimeout
  const reason = isRecent ? await readStepUpReason(exchange) : 'authenticated-too-long-ago'
  if (reason === null) return session
  const { reauthenticatePath } = context
  const detail = detailOf(context, () => describeRecentAuthentication(reason, reauthenticatePath))
  const page = `${reauthenticatePath}?`
  return refuseOrRedirect(context, exchange, ['recent_authentication_required', page, detail])
}

/** Reads the verification that `requireSession` has just made; causes no second store read. */
export async function readStepUpReason<Data>(
  exchange: Exchange<Data>,
): Promise<StepUpReason | null> {
  const verified = await exchange.verification({ skipCache: true })
  return verified.status === 'active' ? verified.stepUpReason : 'step-up-required'
}

/**
 * One Bearer token. RFC 6750 allows fewer characters, but self-chosen tokens contain others. A comma
 * is excluded because it joins two Authorization headers into one.
 */
const bearerPattern = /^bearer +([\x21-\x2b\x2d-\x7e]{1,4096})$/i

/**
 * The Bearer scheme, also malformed or in one of several joined headers. Other schemes are for proxies
 * and gateways (Basic on a staging host, Negotiate, AWS signatures) and no credential of the app.
 */
const bearerSchemePattern = /(?:^|,)[ \t]*bearer(?![\w!#$%&'*+.^`|~-])/i

/**
 * Text in quotes, such as the user name of Digest, which a link to the site determines. Also without its end, so
 * that it matches in linear time.
 */
const quotedPattern = /"(?:[^"\\]|\\.?)*(?:"|$)/gs

/** Whether a request presents a bearer token, valid or not. */
export function hasBearer(headers: RequestHeaders): boolean {
  const authorization = headers.get('authorization')
  return (
    authorization !== null && bearerSchemePattern.test(authorization.replace(quotedPattern, ''))
  )
}

/** Authenticates by the request's one credential; with a cookie, unsafe methods pass the CSRF guard. */
export async function authenticate<Data, Bearer>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  { verifyBearer, ...options }: BearerOptions<Bearer>,
): Promise<Response | Authentication<Data, Bearer>> {
  requireOwnExchange(context, exchange)
  const refuseApi = (code: RefusalCode) => exchange.respond(createRefusal(code, 'api'))
  if (hasBearer(exchange.request.headers)) {
    const token = bearerPattern.exec(exchange.request.headers.get('authorization') ?? '')?.[1]
    const bearer = token === undefined ? null : await verifyBearer(token, exchange.client)
    return bearer === null ? refuseApi('invalid_token') : { credential: 'bearer', bearer }
  }
  const verified = await exchange.verification(options)
  if (verified.status === 'ended') return refuseApi('session_expired')
  if (verified.status === 'none') return refuseApi('sign_in_required')
  const refused = await guardCsrf(context, exchange, () => 'api')
  return refused ?? { credential: 'session', session: verified.session }
}

/** Refuses an API call; redirects a browser to a page that leads back. */
export async function refuseOrRedirect<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  [code, page, detail = null]: readonly [code: RefusalCode, page: string, detail?: string | null],
): Promise<Response> {
  const { request } = exchange
  if (requestKindOf(context, request) === 'api') return refuse(context, exchange, [code, detail])
  if (leadsToItself(context, request, page)) {
    context.redirectLoops.reportGuardedPage()
    const path = requestUrl(request, context.origin.origin)?.pathname ?? ''
    const selfDetail = detailOf(context, () => describeGuardedSignInPage(path))
    return refuse(context, exchange, [code, selfDetail])
  }
  const next = encodeURIComponent(requestedPath(context, exchange.request))
  return redirect(303, `${page}next=${next}`)
}

/** Whether the page to redirect to is the requested one, which its guard would redirect again without end. */
function leadsToItself<Data>(
  { origin }: WebContext<Data>,
  request: RequestHead,
  page: string,
): boolean {
  const requested = requestUrl(request, origin.origin)?.pathname
  return requested === new URL(page, origin.origin).pathname && !isUnsafeMethod(request.method)
}

/**
 * Whether the browser loads a page. Its other requests, such as those of open tabs, run beside a sign-in
 * more often.
 */
function isNavigation<Data>(context: WebContext<Data>, request: RequestHead): boolean {
  const mode = request.headers.get('sec-fetch-mode') ?? 'navigate'
  return mode === 'navigate' && requestKindOf(context, request) === 'page'
}

/** Where to go after signing in. A form cannot be sent again, so its page is next. */
function requestedPath<Data>({ origin }: WebContext<Data>, request: RequestHead): string {
  const url = isUnsafeMethod(request.method)
    ? refererUrl(request, origin.origin)
    : requestUrl(request, origin.origin)
  const path = url === null ? null : parseNextPath(url.pathname + url.search, origin.origin)
  return path ?? '/'
}

function refererUrl({ headers }: RequestHead, origin: string): URL | null {
  const referer = URL.parse(headers.get('referer') ?? '')
  return referer?.origin === origin ? referer : null
}
