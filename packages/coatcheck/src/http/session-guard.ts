import type { Session } from '../domain/session.ts'
import { type Milliseconds, minute } from '../domain/time.ts'
import type { StepUpReason, Verification, VerifyOptions } from '../sessions/sessions.ts'
import type { Exchange } from './exchange.ts'
import { redirect, refuse, requestKindOf } from './guard-responses.ts'
import type { RequestHead } from './incoming-request.ts'
import { parseNextPath } from './next-path.ts'
import type { RefusalCode } from './refusal.ts'
import { isUnsafeMethod } from './request-origin.ts'
import { requestUrl } from './request-url.ts'
import type { WebContext } from './web-context.ts'

/** Lets requests with an active session pass. */
export async function requireSession<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  options?: VerifyOptions,
): Promise<Response | Session<Data>> {
  const verified = await exchange.verification(options)
  if (verified.status === 'active') return verified.session
  if (isInvalidCookie(verified)) exchange.expireSessionCookie()
  if (isSecretReplaced(verified) && requestKindOf(context, exchange.request) === 'page') {
    // The browser has the new secret by now: it has only to ask again.
    return redirect(303, requestedPath(context, exchange.request))
  }
  const { signInPath } = context
  return verified.status === 'ended'
    ? refuseOrRedirect(context, exchange, [
        'session_expired',
        `${signInPath}?error=session_expired&`,
      ])
    : refuseOrRedirect(context, exchange, ['sign_in_required', `${signInPath}?`])
}

/** For how long an authentication counts as recent, unless said otherwise. */
export const recentAuthenticationTimeout: Milliseconds = 15 * minute

/** Lets requests pass whose session was authenticated lately, by a client like theirs, by the store's word. */
export async function requireRecentAuthentication<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Response | Session<Data>> {
  const session = await requireSession(context, exchange, { fresh: true })
  if (session instanceof Response) return session
  const age = context.clock.now() - session.authenticatedAt
  const isRecent = age < context.recentAuthenticationTimeout
  if (isRecent && (await stepUpReason(exchange)) === null) return session
  const page = `${context.reauthenticatePath}?`
  return refuseOrRedirect(context, exchange, ['recent_authentication_required', page])
}

/** What was verified a moment ago: asked for again, it costs nothing. */
async function stepUpReason<Data>(exchange: Exchange<Data>): Promise<StepUpReason | null> {
  const verified = await exchange.verification({ fresh: true })
  return verified.status === 'active' ? verified.stepUpReason : 'step-up-required'
}

/** Refuses an API call, and sends a person to a page from where they come back. */
async function refuseOrRedirect<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  [code, page]: readonly [code: RefusalCode, page: string],
): Promise<Response> {
  if (requestKindOf(context, exchange.request) === 'api') return refuse(context, exchange, code)
  const next = encodeURIComponent(requestedPath(context, exchange.request))
  return redirect(303, `${page}next=${next}`)
}

function isSecretReplaced<Data>(verified: Verification<Data>): boolean {
  return verified.status === 'none' && verified.reason === 'secret-replaced'
}

/** Whether the cookie is of no more use, here or anywhere. */
function isInvalidCookie<Data>(verified: Verification<Data>): boolean {
  // Signed in again meanwhile: a late answer to the old cookie must not take away the new one.
  if (verified.status === 'ended') return verified.reason !== 'signed-in-again'
  if (verified.status === 'active') return false
  // A session refused for its address may still serve its rightful client.
  return verified.reason === 'unknown' || verified.reason === 'malformed'
}

/** Where to go after signing in. A form cannot be sent again, so the page that it was on is next. */
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
