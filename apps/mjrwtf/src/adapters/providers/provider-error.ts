import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'

/** The provider does not respond, or not as its protocol requires: no visitor can sign in with it at the moment. */
export type UnavailableReason =
  | 'busy'
  | 'client-rejected'
  | 'error-status'
  | 'insecure-url'
  | 'invalid-keys'
  | 'invalid-metadata'
  | 'invalid-response'
  | 'issuer-mismatch'
  | 'not-json'
  | 'redirected'
  | 'timeout'
  | 'too-large'
  | 'unreachable'
  | 'unsupported-algorithm'
  | 'unsupported-client-authentication'

/** What the provider sent about this visit does not pass a check. */
export type RejectedReason =
  | 'access-token-hash'
  | 'algorithm'
  | 'authorized-party'
  | 'claims'
  | 'code-rejected'
  | 'issued-at'
  | 'key'
  | 'provider-error'
  | 'response'
  | 'signature'
  | 'subject'
  | 'times'
  | 'type'

/** Stops a visit. Both reasons are stable: the log shows them, and never what the provider sent. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  readonly kind: 'unavailable' | 'rejected'
  readonly reason: UnavailableReason | RejectedReason

  constructor(kind: 'unavailable', reason: UnavailableReason, options?: ErrorOptions)
  constructor(kind: 'rejected', reason: RejectedReason, options?: ErrorOptions)
  constructor(
    kind: 'unavailable' | 'rejected',
    reason: UnavailableReason | RejectedReason,
    options?: ErrorOptions,
  ) {
    super(`The provider is ${kind}: ${reason}.`, options)
    this.kind = kind
    this.reason = reason
  }
}

export function unavailable(reason: UnavailableReason, cause?: unknown): ProviderError {
  return new ProviderError('unavailable', reason, { cause })
}

export function rejected(reason: RejectedReason, cause?: unknown): ProviderError {
  return new ProviderError('rejected', reason, { cause })
}

/** Error codes that say that this server is registered or configured differently (RFC 6749 section 5.2; GitHub has its own). */
const clientErrors: ReadonlySet<string> = new Set([
  'incorrect_client_credentials',
  'invalid_client',
  'redirect_uri_mismatch',
  'unauthorized_client',
])

const codeErrors: ReadonlySet<string> = new Set(['bad_verification_code', 'invalid_grant'])

/** What failed in a call of `openid-client`. Errors of this app pass unchanged. */
export function toProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error
  if (error instanceof AuthorizationResponseError) return responseError(error)
  if (error instanceof ResponseBodyError) return bodyError(error)
  if (error instanceof WWWAuthenticateChallengeError) return unavailable('client-rejected', error)
  if (error instanceof ClientError) return clientError(error)
  throw error
}

function responseError(error: AuthorizationResponseError): ProviderError {
  const isTemporary = error.error === 'server_error' || error.error === 'temporarily_unavailable'
  if (isTemporary) return unavailable('error-status', error)
  return clientErrors.has(error.error)
    ? unavailable('client-rejected', error)
    : rejected('provider-error', error)
}

function bodyError(error: ResponseBodyError): ProviderError {
  if (codeErrors.has(error.error)) return rejected('code-rejected', error)
  return clientErrors.has(error.error)
    ? unavailable('client-rejected', error)
    : unavailable('invalid-response', error)
}

const codes: ReadonlyMap<string, () => ProviderError> = new Map([
  ['OAUTH_HTTP_REQUEST_FORBIDDEN', () => unavailable('insecure-url')],
  ['OAUTH_REQUEST_PROTOCOL_FORBIDDEN', () => unavailable('insecure-url')],
  ['OAUTH_RESPONSE_IS_NOT_CONFORM', () => unavailable('error-status')],
  ['OAUTH_RESPONSE_IS_NOT_JSON', () => unavailable('not-json')],
  ['OAUTH_PARSE_ERROR', () => unavailable('not-json')],
  ['OAUTH_JWT_CLAIM_COMPARISON_FAILED', () => rejected('claims')],
  ['OAUTH_JWT_TIMESTAMP_CHECK_FAILED', () => rejected('times')],
  ['OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED', () => rejected('subject')],
  ['OAUTH_TIMEOUT', () => unavailable('timeout')],
])

function clientError(error: ClientError): ProviderError {
  const { cause } = error
  if (cause instanceof ProviderError) return cause
  return codes.get(error.code ?? '')?.() ?? rejected('response', error)
}
