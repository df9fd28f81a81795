import type { ClientApplication } from '../../domain/client-application.ts'
import { isRegisteredRedirectUri } from '../../domain/redirect-uri.ts'
import { formatScopes, parseScopes, type Scope } from '../../domain/scope.ts'
import type { Instant } from '../../domain/time.ts'

/** The errors of RFC 6749, section 4.1.2.1, and OpenID Connect Core, section 3.1.2.6. */
export type AuthorizationError =
  | 'invalid_request'
  | 'unauthorized_client'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'login_required'
  | 'consent_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'

/** Where the response goes: a registered redirect URI, with the state of the request. */
export interface ResponseTarget {
  readonly redirectUri: string
  /** Returned unchanged. */
  readonly state: string | null
}

/** A valid request. The user still has to consent. */
export interface AuthorizationRequest extends ResponseTarget {
  readonly client: ClientApplication
  readonly scopes: readonly Scope[]
  readonly codeChallenge: string
  /** Since when the user must have authenticated, or `null`. */
  readonly authenticatedSince: Instant | null
  /** Whether `authenticatedSince` is from `prompt` or `max_age`, which are relative to now. */
  readonly isFirstVisit: boolean
}

export type AuthorizationRequestResult =
  | { readonly status: 'valid'; readonly request: AuthorizationRequest }
  /** The client is unknown or the redirect URI is not registered: show an error, and never redirect. */
  | { readonly status: 'untrusted'; readonly reason: 'unknown-client' | 'redirect-uri' }
  /** Report the error to the client. */
  | {
      readonly status: 'refused'
      readonly target: ResponseTarget
      readonly error: AuthorizationError
      readonly description: string
    }

export interface AuthorizationRequestInput {
  readonly parameters: URLSearchParams
  readonly client: ClientApplication | null
  readonly now: Instant
}

/** The parameters that have a meaning. A request must not repeat them (RFC 6749, section 3.1); others are ignored. */
const known = [
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state'],
  ...['code_challenge', 'code_challenge_method', 'prompt', 'max_age', 'request', 'request_uri'],
  // Our own: what `prompt=login` and `max_age` meant when the request arrived, in milliseconds since the epoch. They would
  // ask again after the user has authenticated.
  'auth_after',
] as const

/** Of the path with the request, which has to fit into the `next` parameter of the sign-in page. */
export const requestMaxLength = 2_000

type Values = Readonly<Partial<Record<(typeof known)[number], string>>>

/**
 * Decides about a request before anything is shown or asked. `client`: the registered client with the `client_id` of the
 * request, or `null`.
 */
export function parseAuthorizationRequest({
  parameters,
  client,
  now,
}: AuthorizationRequestInput): AuthorizationRequestResult {
  if (client === null || parameters.getAll('client_id').length !== 1) {
    return { status: 'untrusted', reason: 'unknown-client' }
  }
  const [redirectUri, ...others] = parameters.getAll('redirect_uri')
  const isRegistered =
    redirectUri !== undefined && isRegisteredRedirectUri(client.redirectUris, redirectUri)
  if (!isRegistered || others.length > 0) return { status: 'untrusted', reason: 'redirect-uri' }
  const [state = null, ...otherStates] = parameters.getAll('state')
  const target = { redirectUri, state: otherStates.length > 0 ? null : state }
  const values = readValues(parameters)
  const refusal = refusalOf(parameters, values, client)
  if (refusal !== null) return { status: 'refused', target, ...refusal }
  const request = {
    ...target,
    client,
    scopes: parseScopes(values.scope ?? '') ?? [],
    codeChallenge: values.code_challenge ?? '',
    ...authenticatedSince(values, now),
  }
  if (authorizationRequestPath(request).length > requestMaxLength) {
    const tooLong = refuse('invalid_request', 'The request is too long. Use a shorter state.')
    return { status: 'refused', target, ...tooLong }
  }
  return { status: 'valid', request }
}

/** The request as path and query of our own, in one spelling, which a sign-in and a step-up lead back to. */
export function authorizationRequestPath(request: AuthorizationRequest): string {
  const { client, redirectUri, state, scopes, codeChallenge, authenticatedSince } = request
  const parameters = new URLSearchParams({
    client_id: client.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: formatScopes(scopes),
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
  })
  if (state !== null) parameters.set('state', state)
  if (authenticatedSince !== null) parameters.set('auth_after', String(authenticatedSince))
  return `/oauth/authorize?${parameters}`
}

/** A parameter without a value counts as omitted (RFC 6749, section 3.1). */
function readValues(parameters: URLSearchParams): Values {
  const sent = known.filter((name) => (parameters.get(name) ?? '') !== '')
  return Object.fromEntries(sent.map((name) => [name, parameters.get(name) ?? '']))
}

interface Refusal {
  readonly error: AuthorizationError
  readonly description: string
}

function refusalOf(
  parameters: URLSearchParams,
  values: Values,
  client: ClientApplication,
): Refusal | null {
  const repeated = known.find((name) => parameters.getAll(name).length > 1)
  if (repeated !== undefined) return refuse('invalid_request', `Send ${repeated} once.`)
  return (
    typeRefusal(values) ??
    challengeRefusal(values) ??
    scopeRefusal(values, client) ??
    promptRefusal(values)
  )
}

function refuse(error: AuthorizationError, description: string): Refusal {
  return { error, description }
}

function typeRefusal(values: Values): Refusal | null {
  if (values.request !== undefined) {
    return refuse('request_not_supported', 'Send each parameter in the URL.')
  }
  if (values.request_uri !== undefined) {
    return refuse('request_uri_not_supported', 'Send each parameter in the URL.')
  }
  if (values.response_type === undefined) return refuse('invalid_request', 'Send response_type.')
  if (values.response_type !== 'code') {
    return refuse('unsupported_response_type', 'The only response_type is code.')
  }
  const mode = values.response_mode ?? 'query'
  return mode === 'query' ? null : refuse('invalid_request', 'The only response_mode is query.')
}

/** A SHA-256 digest in base64url. `plain` would show the verifier to everyone who sees the request. */
const challengePattern = /^[A-Za-z0-9_-]{43}$/

function challengeRefusal(values: Values): Refusal | null {
  if (values.code_challenge_method !== 'S256') {
    return refuse('invalid_request', 'Send code_challenge_method=S256 (RFC 7636).')
  }
  return challengePattern.test(values.code_challenge ?? '')
    ? null
    : refuse('invalid_request', 'Send code_challenge: SHA-256 of the verifier, in base64url.')
}

function scopeRefusal({ scope = '' }: Values, client: ClientApplication): Refusal | null {
  const scopes = parseScopes(scope)
  const isRegistered = scopes?.every((each) => client.scopes.includes(each)) === true
  if (scopes !== null && scopes.length > 0 && isRegistered) return null
  const registered = client.scopes.join(' ')
  return refuse(
    'invalid_scope',
    `Send scope with any of these, which the application is registered for: ${registered}.`,
  )
}

function promptRefusal({ prompt = '', max_age: maxAge }: Values): Refusal | null {
  const prompts = prompt.split(' ').filter((each) => each !== '')
  if (prompts.includes('none')) {
    // The user always consents, because anyone can use the id of a public client.
    return prompts.length > 1
      ? refuse('invalid_request', 'prompt=none excludes other values.')
      : refuse('consent_required', 'Every authorization requires the consent of the user.')
  }
  if (!prompts.every((each) => supportedPrompts.has(each))) {
    return refuse('invalid_request', 'Supported values of prompt: none, login, consent.')
  }
  const isAge = maxAge === undefined || /^\d{1,9}$/.test(maxAge)
  return isAge ? null : refuse('invalid_request', 'max_age is a number of seconds.')
}

const supportedPrompts: ReadonlySet<string> = new Set(['login', 'consent'])

function authenticatedSince(
  { prompt = '', max_age: maxAge, auth_after: authAfter }: Values,
  now: Instant,
): Pick<AuthorizationRequest, 'authenticatedSince' | 'isFirstVisit'> {
  if (prompt.split(' ').includes('login')) return { authenticatedSince: now, isFirstVisit: true }
  if (maxAge !== undefined) {
    const since = Math.max(0, now - Number(maxAge) * 1_000)
    return { authenticatedSince: since, isFirstVisit: true }
  }
  // Not in the future, which would ask without end.
  const isInstant = authAfter !== undefined && /^\d{1,16}$/.test(authAfter)
  return {
    authenticatedSince: isInstant ? Math.min(Number(authAfter), now) : null,
    isFirstVisit: false,
  }
}
