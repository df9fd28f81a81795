import type { ResponseHeader } from './response-header.ts'

/** How an answer is dressed: as a page for a person, or as JSON for a program. */
export type RequestKind = 'page' | 'api'

/** Stable codes of refusals; messages may be reworded, codes may not. */
export type RefusalCode =
  /** 401: no credential, or none that is good. */
  | 'sign_in_required'
  /** 401: the presented session has ended. */
  | 'session_expired'
  /** 401: the Authorization header is not one good Bearer token. */
  | 'invalid_token'
  /** 403: the session is good, and the act asks for who has proved lately who they are. */
  | 'recent_authentication_required'
  /** 403: another site made the request, or the CSRF token is missing or wrong. */
  | 'csrf_refused'
  /** 403: another site tries to load this into itself. */
  | 'embedding_refused'
  /** 403: the request came over plain http. */
  | 'https_required'
  /** 400: the request has more than one Host header. */
  | 'ambiguous_host'
  /** 400: the form cannot be read, or says something twice that may be said once. */
  | 'malformed_form'
  /** 413: the form is larger than 64 KiB. */
  | 'form_too_large'
  /** 415: an API call that the cookie authenticates is not JSON. */
  | 'unsupported_media_type'
  /**
   * 429: too many unknown session tokens came from the client's address; nothing is known about the
   * session, and the cookie is kept.
   */
  | 'too_many_unknown_tokens'
  /** 503: the session store failed; nothing is known about the session, and the cookie is kept. */
  | 'store_unavailable'

/** What a guard refuses with, before it is dressed as a response. */
export interface Refusal {
  readonly kind: RequestKind
  readonly status: 400 | 401 | 403 | 413 | 415 | 429 | 503
  readonly code: RefusalCode
  /** For the person, in English; says nothing that helps an attacker. */
  readonly message: string
  /** To put on the response: `WWW-Authenticate` with 401, `Retry-After` with 429 and 503. */
  readonly headers: readonly ResponseHeader[]
}

/** Dresses a refusal as a response: the app's error page, or its JSON with a request id. */
export type RefusalResponder = (refusal: Refusal) => Response | Promise<Response>
