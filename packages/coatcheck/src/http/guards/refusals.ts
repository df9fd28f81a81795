import { isSessionError, SessionError } from '../../domain/errors.ts'
import { type Milliseconds, second } from '../../domain/time.ts'
import type { ResponseHeader } from '../cookies/set-cookie.ts'
import type { FormLimits } from '../forms/form-reader.ts'

/** Whether to respond with a page for a user or with JSON for a program. */
export type RequestKind = 'page' | 'api'

/** A guard's decision to refuse a request, before it is rendered as a response. */
export interface Refusal {
  readonly kind: RequestKind
  readonly status: 400 | 401 | 403 | 413 | 415 | 429 | 500 | 503
  readonly code: RefusalCode
  /** For the user, in English; reveals nothing that helps an attacker. */
  readonly message: string
  /**
   * For the developer: which check failed, and how to fix it. Contains text of the request, so escape it
   * in HTML. `null` in production, where `baseUrl` is https.
   */
  readonly detail: string | null
  /** For the response: `WWW-Authenticate` with 401, `Retry-After` with 429 and 503. */
  readonly headers: readonly ResponseHeader[]
}

/** Renders a refusal as a response: the app's error page, or its JSON with a request id. */
export type RefusalResponder = (refusal: Refusal) => Response | Promise<Response>

/** Thrown where a session is needed but its store lookup is throttled. */
export class ThrottledError extends SessionError {
  readonly retryAfter: Milliseconds

  constructor(retryAfter: Milliseconds) {
    super('throttled', 'too many unknown session tokens came from this IP address')
    this.retryAfter = retryAfter
  }
}

/** Whether an error is a `ThrottledError`, of this or another copy of the library or realm. */
export function isThrottled(error: unknown): error is ThrottledError {
  return isSessionError(error) && error.code === 'throttled'
}

const bearerChallenge: ResponseHeader = ['WWW-Authenticate', 'Bearer']

/** Status, message and headers by code. Codes are stable; messages may change. */
const refusalTable = {
  /** No credential, or no valid one. */
  sign_in_required: [401, 'Sign in first.', bearerChallenge],
  session_expired: [401, 'Your session has ended. Sign in again.', bearerChallenge],
  /** The Authorization header is not one valid Bearer token. */
  invalid_token: [
    401,
    'The bearer token is invalid.',
    ['WWW-Authenticate', 'Bearer error="invalid_token"'],
  ],
  /** The session has a lower assurance level than the route requires. */
  step_up_required: [403, 'Confirm your identity with a second factor first.'],
  recent_authentication_required: [403, 'Confirm your identity first.'],
  /** Another site made the request, or the CSRF token is missing or wrong. */
  csrf_refused: [403, 'This page expired. Go back, reload it and try again.'],
  embedding_refused: [403, 'Other sites can link to pages but cannot embed or load this URL.'],
  https_required: [403, 'Use https to access this site.'],
  /** The client uses https, but a proxy does not say so: a redirect would lead back here without end. */
  proxy_misconfigured: [
    500,
    'The server does not know that this connection is encrypted. Its administrator finds the reason in the log.',
  ],
  /** More than one Host header. */
  ambiguous_host: [400, 'The request names more than one host.'],
  /** No URL can contain the value of the Host header. */
  invalid_host: [400, 'The Host header of the request is invalid.'],
  /** Cannot be parsed, or has the CSRF token twice. */
  malformed_form: [400, 'The form could not be read.'],
  /** Over `maxFormSize`, or with too many fields. Its message states the limits. */
  form_too_large: [413, 'The form is too large.'],
  /** Without CSRF tokens: the body of an API call is of a type that other sites could send. */
  unsupported_media_type: [415, 'Send application/json.'],
  /** Nothing is known about the session; the cookie is kept. */
  too_many_unknown_tokens: [
    429,
    'Too many requests with an unknown session came from your network. Wait a moment and try again.',
  ],
  /** Nothing is known about the session; the cookie is kept. */
  store_unavailable: [
    503,
    'We are having a temporary problem. Try again in a few seconds.',
    ['Retry-After', '5'],
  ],
} as const satisfies Record<
  string,
  readonly [status: Refusal['status'], message: string, header?: ResponseHeader]
>

export type RefusalCode = keyof typeof refusalTable

export function createRefusal(
  code: RefusalCode,
  kind: RequestKind,
  detail: string | null = null,
): Refusal {
  const [status, message, ...headers] = refusalTable[code]
  return { kind, status, code, message, detail, headers }
}

/** States the limits in the refusal of a form that is too large. */
export function stateLimits(refusal: Refusal, { bytes, fields }: FormLimits): Refusal {
  const size = bytes % 1024 === 0 ? `${bytes / 1024} KiB` : `${bytes} bytes`
  const message = `The form is too large: the limit is ${size} and ${fields} fields.`
  return { ...refusal, message }
}

/** Refuses a client whose IP address presents too many unknown tokens. */
export function createThrottledRefusal(retryAfter: Milliseconds, kind: RequestKind): Refusal {
  const seconds = Math.max(1, Math.ceil(retryAfter / second))
  const headers: readonly ResponseHeader[] = [['Retry-After', String(seconds)]]
  return { ...createRefusal('too_many_unknown_tokens', kind), headers }
}

/** The default responder: JSON for the API, plain text for pages. */
export function defaultResponder(refusal: Refusal): Response {
  const { kind, status, code, message, detail, headers } = refusal
  const init = { status, headers: headers.map(([name, value]): [string, string] => [name, value]) }
  const error = detail === null ? { code, message } : { code, message, detail }
  if (kind === 'api') return Response.json({ error }, init)
  const text = detail === null ? message : `${message}\n\n${detail}`
  const response = new Response(`${text}\n`, init)
  response.headers.set('Content-Type', 'text/plain; charset=utf-8')
  return response
}
