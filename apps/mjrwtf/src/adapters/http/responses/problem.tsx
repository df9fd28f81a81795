import type { Refusal } from 'coatcheck/http'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ErrorPage } from '../components/error-page.tsx'
import type { HttpContext, RequestContext } from '../http-context.ts'
import { page } from './page.ts'
import { errorFrame } from './page-frame.ts'
import { offerRetry } from './stale-form.ts'

/** What went wrong, before it is dressed as a page or as JSON. */
export interface Problem {
  readonly status: ContentfulStatusCode
  /** Stable; programs branch on it. */
  readonly code: string
  /** In English, for people; may be reworded. */
  readonly message: string
  /** Heading of the page. Default: by status. */
  readonly title?: string
  /** A way on that is better than home. Default: none. */
  readonly nextStep?: { readonly path: string; readonly label: string }
  /** What is wrong with each field of the request. */
  readonly fields?: Readonly<Record<string, string>>
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

const titles: Readonly<Record<number, string>> = {
  400: 'That request could not be read',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Nothing here',
  405: 'Not that way',
  409: 'Already taken',
  410: 'This link has ended',
  413: 'Too much at once',
  415: 'Not that kind of content',
  429: 'Too many attempts',
  500: 'Something broke on our side',
  503: 'Not available right now',
}

/** Answers with a problem: as JSON below /api and for those who ask for it, else as a page. */
export function respondWithProblem(context: HttpContext, c: RequestContext, problem: Problem) {
  for (const [name, value] of problem.headers ?? []) c.header(name, value)
  return wantsJson(c) ? jsonProblem(c, problem) : problemPage(context, c, problem)
}

/** The JSON form, whatever was asked for. */
export function jsonProblem(
  c: RequestContext,
  { status, code, message, fields }: Problem,
): Response {
  const error = { code, message, request_id: c.var.requestId }
  return c.json({ error: fields === undefined ? error : { ...error, fields } }, status)
}

async function problemPage(
  context: HttpContext,
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

/** Whether a path is answered in JSON whoever asks. */
export function isApiPath(path: string): boolean {
  return path.startsWith('/api/') || ['/api', '/health', '/ready', '/openapi.json'].includes(path)
}

/** Dresses what a guard of the library refuses. */
export async function respondWithRefusal(
  context: HttpContext,
  c: RequestContext,
  refusal: Refusal,
) {
  const { status, code, message, headers } = refusal
  const problem = (await offerRetry(c, refusal)) ?? { status, code, message, headers }
  return code === 'ambiguous_host'
    ? jsonProblem(c, problem)
    : respondWithProblem(context, c, problem)
}

export const notFound: Problem = {
  status: 404,
  code: 'not_found',
  message: 'There is no page or link at this address. It may have been mistyped.',
}

export const unavailable: Problem = {
  status: 503,
  code: 'unavailable',
  message: 'The database does not answer. Please try again in a moment.',
  headers: [['Retry-After', '5']],
}

/** Too many attempts, or too much work at once: both pass. */
export function retryAfterHeader(retryAfterSeconds: number): readonly [string, string] {
  return ['Retry-After', String(retryAfterSeconds)]
}
