import { SessionError } from '../domain/errors.ts'
import { type Milliseconds, second } from '../domain/time.ts'
import type { ResponseHeader } from './set-cookie.ts'

/** Whether to respond with a page for a user or with JSON for a program. */
export type RequestKind = 'page' | 'api'

/** Stable codes of refusals; messages may change, codes may not. */
export type RefusalCode =
  /** 401: no credential, or no valid one. */
  | 'sign_in_required'
  /** 401: the presented session has ended. */
  | 'session_expired'
  /** 401: the Authorization header is not one valid Bearer token. */
  | 'invalid_token'
  /** 403: the session is valid, but the operation requires a recent authentication. */
  | 'recent_authentication_required'
  /** 403: another site made the request, or the CSRF token is missing or wrong. */
  | 'csrf_refused'
  /** 403: another site tries to load this response as a subresource. */
  | 'embedding_refused'
  /** 403: the request was sent over plain http. */
  | 'https_required'
  /** 400: the request has more than one Host header. */
  | 'ambiguous_host'
  /** 400: the form cannot be parsed, or has a field twice that may appear once. */
  | 'malformed_form'
  /** 413: the form is larger than 64 KiB. */
  | 'form_too_large'
  /** 415: an API call that the cookie authenticates is not JSON. */
  | 'unsupported_media_type'
  /**
   * 429: too many unknown session tokens came from the client's IP address; the session is unknown,
   * and the cookie is kept.
   */
  | 'too_many_unknown_tokens'
  /** 503: the session store failed; the session is unknown, and the cookie is kept. */
  | 'store_unavailable'

/** A guard's decision to refuse a request, before it is rendered as a response. */
export interface Refusal {
  readonly kind: RequestKind
  readonly status: 400 | 401 | 403 | 413 | 415 | 429 | 503
  readonly code: RefusalCode
  /** For the user, in English; reveals nothing that helps an attacker. */
  readonly message: string
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

/** Seconds until a retry after a store failure. */
const storeRetryAfter = '5'

const refusalTable: Record<
  RefusalCode,
  readonly [status: Refusal['status'], message: string, ...headers: ResponseHeader[]]
> = {
  sign_in_required: [401, 'Sign in first.', ['WWW-Authenticate', 'Bearer']],
  session_expired: [401, 'Your session has ended. Sign in again.', ['WWW-Authenticate', 'Bearer']],
  invalid_token: [
    401,
    'The bearer token is invalid.',
    ['WWW-Authenticate', 'Bearer error="invalid_token"'],
  ],
  recent_authentication_required: [403, 'Confirm your identity first.'],
  csrf_refused: [403, 'This page expired. Go back, reload it and try again.'],
  embedding_refused: [403, 'Other sites can link to this page but cannot embed or load it.'],
  https_required: [403, 'Use https to access this site.'],
  ambiguous_host: [400, 'The request names more than one host.'],
  malformed_form: [400, 'The form could not be read.'],
  form_too_large: [413, 'The form is too large.'],
  unsupported_media_type: [415, 'Send application/json.'],
  too_many_unknown_tokens: [
    429,
    'Too many requests with an unknown session came from your network. Wait a moment and try again.',
  ],
  store_unavailable: [
    503,
    'We are having a temporary problem. Try again in a few seconds.',
    ['Retry-After', storeRetryAfter],
  ],
}

export function createRefusal(code: RefusalCode, kind: RequestKind): Refusal {
  const [status, message, ...headers] = refusalTable[code]
  return { kind, status, code, message, headers }
}

/** Refuses a client whose IP address presents too many unknown tokens. */
export function createThrottledRefusal(retryAfter: Milliseconds, kind: RequestKind): Refusal {
  const seconds = Math.max(1, Math.ceil(retryAfter / second))
  const headers: readonly ResponseHeader[] = [['Retry-After', String(seconds)]]
  return { ...createRefusal('too_many_unknown_tokens', kind), headers }
}

/** The default responder: JSON for the API, plain text for pages. */
export function defaultResponder({ kind, status, code, message, headers }: Refusal): Response {
  const init = { status, headers: headers.map(([name, value]): [string, string] => [name, value]) }
  if (kind === 'api') return Response.json({ error: { code, message } }, init)
  const response = new Response(`${message}\n`, init)
  response.headers.set('Content-Type', 'text/plain; charset=utf-8')
  return response
}
