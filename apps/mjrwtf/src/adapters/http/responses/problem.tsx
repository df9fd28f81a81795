import type { Refusal } from 'coatcheck/http'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Throttled } from '../../../domain/results.ts'
import { ErrorPage } from '../components/error-page.tsx'
import { retryText } from '../components/texts.ts'
import type { PageContext, RequestContext } from '../http-context.ts'
import { logSecurityEvent, type SecurityEventContext } from '../reporting/log-security-event.ts'
import { type BareFrameContext, errorFrame, page } from './page.ts'

export type ProblemContext = BareFrameContext

/** An error response, before it is rendered as a page or as JSON. */
export interface Problem {
  readonly status: ContentfulStatusCode
  /** Stable: clients branch on it. */
  readonly code: string
  /** In English, for display. May change. */
  readonly message: string
  /** Heading of the page. Default: by `status`. */
  readonly title?: string
  /** A link shown before the link to the home page. Default: none. */
  readonly nextStep?: { readonly path: string; readonly label: string }
  /** Error of each invalid field of the request. */
  readonly fields?: Readonly<Record<string, string>>
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

const titles: Readonly<Record<number, string>> = {
  400: 'Invalid request',
  401: 'Sign-in required',
  403: 'Access denied',
  404: 'Page not found',
  405: 'Method not allowed',
  409: 'Nothing was changed',
  410: 'This link is no longer available',
  413: 'Request too large',
  415: 'Unsupported content type',
  429: 'Too many requests',
  500: 'Something went wrong',
  503: 'Temporarily unavailable',
}

/** Responds with JSON below /api and to clients that accept JSON but not HTML, otherwise with a page. */
export function respondWithProblem(context: ProblemContext, c: RequestContext, problem: Problem) {
  for (const [name, value] of problem.headers ?? []) c.header(name, value)
  return wantsJson(c) ? jsonProblem(c, problem) : problemPage(context, c, problem)
}

/** Responds with JSON whatever the client accepts. */
export function jsonProblem(
  c: RequestContext,
  { status, code, message, fields }: Problem,
): Response {
  if (isOAuthEndpoint(c.req.path)) {
    const oauthCode = oauthCodes[status] ?? 'invalid_request'
    return oauthError(c, { status, code: oauthCode, message })
  }
  const error = { code, message, request_id: c.var.requestId }
  return c.json({ error: fields === undefined ? error : { ...error, fields } }, status)
}

const oauthCodes: Readonly<Record<number, string>> = {
  429: 'temporarily_unavailable',
  500: 'server_error',
  503: 'temporarily_unavailable',
}

/** Responds in the format that OAuth clients read (RFC 6749, section 5.2). */
export function oauthError(
  c: RequestContext,
  { status, code, message, headers = [] }: Pick<Problem, 'status' | 'code' | 'message' | 'headers'>,
): Response {
  for (const [name, value] of headers) c.header(name, value)
  const body = { error: code, error_description: message, request_id: c.var.requestId }
  return c.json(body, status)
}

async function problemPage(
  context: ProblemContext,
  c: RequestContext,
  problem: Problem,
): Promise<Response> {
  const frame = await errorFrame(context, c, problem.status)
  const title = problem.title ?? titles[problem.status] ?? 'Something went wrong'
  const { status, message, fields } = problem
  return page(
    c,
    <ErrorPage
      frame={frame}
      {...{ status, title, message }}
      fields={fields ?? {}}
      nextStep={problem.nextStep ?? null}
      requestId={c.var.requestId}
    />,
    status,
  )
}

function wantsJson(c: RequestContext): boolean {
  if (isApiPath(c.req.path)) return true
  const accept = c.req.header('Accept') ?? ''
  return /\bapplication\/(json|problem\+json)\b/i.test(accept) && !/\btext\/html\b/i.test(accept)
}

/** Whether a path responds with JSON to every client. */
export function isApiPath(path: string): boolean {
  const isApi = path.startsWith('/api/') || isOAuthEndpoint(path)
  return isApi || ['/api', '/health', '/ready', '/openapi.json'].includes(path)
}

/** Whether client applications request the path, with errors in the format of OAuth. */
function isOAuthEndpoint(path: string): boolean {
  return oauthEndpoints.has(path)
}

const oauthEndpoints: ReadonlySet<string> = new Set([
  ...['/oauth/token', '/oauth/revoke', '/oauth/introspect', '/oauth/device_authorization'],
  ...['/.well-known/oauth-authorization-server', '/oidc/backchannel-logout'],
])

const refusalTitles: Partial<Record<Refusal['code'], string>> = {
  csrf_refused: 'Form not submitted',
}

/** Responds to a request that a guard of the library refused. */
export async function respondWithRefusal(
  context: ProblemContext,
  c: RequestContext,
  refusal: Refusal,
) {
  const { status, code, detail, headers } = refusal
  // Null in production. Rendered as text, which escapes it.
  const message = detail === null ? refusal.message : `${refusal.message} ${detail}`
  const title = refusalTitles[code]
  const problem = (await offerRetry(c, refusal)) ?? {
    status,
    code,
    message,
    headers,
    ...(title === undefined ? {} : { title }),
  }
  return code === 'ambiguous_host' || code === 'invalid_host'
    ? jsonProblem(c, problem)
    : respondWithProblem(context, c, problem)
}

/**
 * The problem for a form whose CSRF token is outdated because of a sign-in after its page was opened. The request
 * stays rejected, and the page links to the saved draft. `null` for every other refusal.
 */
async function offerRetry(c: RequestContext, refusal: Refusal): Promise<Problem | null> {
  if (refusal.code !== 'csrf_refused') return null
  const saved = await c.var.saveDraft?.()
  if (saved?.status !== 'saved') return null
  const { status, code, headers } = refusal
  const isOwnDraft = saved.userId === c.var.viewer?.id
  const texts = isOwnDraft ? linkToForm(saved.path) : linkToAccount(saved.path)
  return { status, code, headers, ...texts }
}

function linkToForm(path: string): Pick<Problem, 'title' | 'message' | 'nextStep'> {
  return {
    title: 'This page expired',
    message:
      'You signed in again after opening it, so the form was not submitted. We saved what you typed for one hour.',
    nextStep: { path, label: 'Continue where you left off' },
  }
}

/** Does not name the other account, because the reader may not be its user. */
function linkToAccount(path: string): Pick<Problem, 'title' | 'message' | 'nextStep'> {
  return {
    title: 'This page belongs to another account',
    message:
      'Someone signed in with a different account after it was opened, so the form was not submitted. The input is saved for one hour, for the account that opened the page.',
    nextStep: {
      path: `/login?next=${encodeURIComponent(path)}`,
      label: 'Sign in with that account',
    },
  }
}

export const notFound: Problem = {
  status: 404,
  code: 'not_found',
  message: 'There is no page or link at this URL. Check it for typos.',
}

export const unavailable: Problem = {
  status: 503,
  code: 'unavailable',
  message: 'We are having a temporary problem. Try again in a few seconds.',
  headers: [['Retry-After', '5']],
}

/** The database can only be read: its disk is full, or it is a replica. */
export const notSaved: Problem = {
  status: 503,
  code: 'read_only',
  title: 'Nothing was changed',
  message:
    'Changes cannot be saved at the moment, so this one was not. Short links and pages keep working. Try again in a few minutes.',
  headers: [['Retry-After', '60']],
}

export function retryAfterHeader(retryAfterSeconds: number): readonly [string, string] {
  return ['Retry-After', String(retryAfterSeconds)]
}

/** A rate limit that a request exceeded. */
export interface RateLimitHit {
  /** Its name in `docs/limits.md`. */
  readonly limit: string
  /** The user, for limits that are counted by user. */
  readonly userId: string | null
  readonly throttled: Throttled
  /** What exceeded the limit. The wait is appended. */
  readonly message: string
}

/** Logs the exceeded limit and returns the 429 that says when to try again. */
export function rateLimited(
  context: SecurityEventContext,
  c: RequestContext,
  hit: RateLimitHit,
): Problem {
  const { limit, userId, throttled, message } = hit
  logSecurityEvent(context, c, { event: 'limit-reached', limit, userId })
  return {
    status: 429,
    code: 'too_many_requests',
    message: `${message} ${retryText(throttled.retryAfterSeconds)}`,
    headers: [retryAfterHeader(throttled.retryAfterSeconds)],
  }
}

/** The password was changed, but the database failed while it ended the earlier sessions. */
export interface SessionsNotEnded {
  readonly error: unknown
  /** For the user. States only what was done. */
  readonly message: string
}

export function respondSessionsNotEnded(
  context: ProblemContext & Pick<PageContext, 'log'>,
  c: RequestContext,
  { error, message }: SessionsNotEnded,
) {
  context.log.error({ requestId: c.var.requestId, error }, 'sessions were not ended')
  return respondWithProblem(context, c, { ...unavailable, message })
}
