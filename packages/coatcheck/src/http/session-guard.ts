import type { Session } from '../domain/session.ts'
import { type Milliseconds, minute } from '../domain/time.ts'
import type { StepUpReason, Verification, VerifyOptions } from '../sessions/sessions.ts'
import { askedUrl } from './asked-url.ts'
import type { Exchange } from './exchange.ts'
import { kindOf, redirect, refuse } from './guard-answers.ts'
import { parseNextPath } from './next-path.ts'
import type { RefusalCode } from './refusal.ts'
import { isUnsafe } from './request-origin.ts'
import type { RequestHead } from './request-slice.ts'
import type { WebContext } from './web-context.ts'

/** Lets requests with an active session pass. */
export async function requireSession<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  options?: VerifyOptions,
): Promise<Response | Session<Data>> {
  const verified = await exchange.verification(options)
  if (verified.status === 'active') return verified.session
  if (opensNothing(verified)) exchange.expireSessionCookie()
  if (isReplaced(verified) && kindOf(context, exchange.request) === 'page') {
    // The browser has the new secret by now: it has only to ask again.
    return redirect(303, pathAskedFor(context, exchange.request))
  }
  const { signInPath } = context
  return verified.status === 'ended'
    ? sendTo(context, exchange, ['session_expired', `${signInPath}?error=session_expired&`])
    : sendTo(context, exchange, ['sign_in_required', `${signInPath}?`])
}

/** For how long an authentication counts as recent, unless said otherwise. */
export const recentAuthenticationTimeout: Milliseconds = 15 * minute

/** Lets requests pass whose session was authenticated lately, by a client like theirs, by the store's word. */
export async function requireRecentAuthentication<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
): Promise<Response | Session<Data>> {
  const answer = await requireSession(context, exchange, { fresh: true })
  if (answer instanceof Response) return answer
  const age = context.clock.now() - answer.authenticatedAt
  const isRecent = age < context.recentAuthenticationTimeout
  if (isRecent && (await stepUpReason(exchange)) === null) return answer
  const page = `${context.reauthenticatePath}?`
  return sendTo(context, exchange, ['recent_authentication_required', page])
}

/** What was verified a moment ago: asked for again, it costs nothing. */
async function stepUpReason<Data>(exchange: Exchange<Data>): Promise<StepUpReason | null> {
  const verified = await exchange.verification({ fresh: true })
  return verified.status === 'active' ? verified.stepUpReason : 'distrusted'
}

/** Refuses an API call, and sends a person to a page from where they come back. */
async function sendTo<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  [code, page]: readonly [code: RefusalCode, page: string],
): Promise<Response> {
  if (kindOf(context, exchange.request) === 'api') return refuse(context, exchange, code)
  const next = encodeURIComponent(pathAskedFor(context, exchange.request))
  return redirect(303, `${page}next=${next}`)
}

function isReplaced<Data>(verified: Verification<Data>): boolean {
  return verified.status === 'none' && verified.reason === 'secret-replaced'
}

/** Whether the cookie is of no more use, here or anywhere. */
function opensNothing<Data>(verified: Verification<Data>): boolean {
  // Signed in again meanwhile: a late answer to the old cookie must not take away the new one.
  if (verified.status === 'ended') return verified.reason !== 'signed-in-again'
  if (verified.status === 'active') return false
  // A session refused for its address may still serve its rightful client.
  return verified.reason === 'unknown' || verified.reason === 'malformed'
}

/** Where to go after signing in. A form cannot be sent again, so the page that it was on is next. */
function pathAskedFor<Data>({ origin }: WebContext<Data>, request: RequestHead): string {
  const url = isUnsafe(request.method)
    ? refererOf(request, origin.origin)
    : askedUrl(request, origin.origin)
  const path = url === null ? null : parseNextPath(url.pathname + url.search, origin.origin)
  return path ?? '/'
}

function refererOf({ headers }: RequestHead, origin: string): URL | null {
  const referer = URL.parse(headers.get('referer') ?? '')
  return referer?.origin === origin ? referer : null
}
