import type { ClientApplication } from '../../domain/client-application.ts'
import type { Scope } from '../../domain/scope.ts'
import type { Instant } from '../../domain/time.ts'
import type { GrantTokens } from '../ports/grants.ts'

/** The errors of RFC 6749, section 5.2, and RFC 8628, section 3.5. */
export type TokenError =
  | 'invalid_request'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'authorization_pending'
  | 'slow_down'
  | 'access_denied'
  | 'expired_token'

/** A request to the token endpoint whose client is authenticated. */
export interface TokenRequest {
  readonly client: ClientApplication
  /** Each was sent once and is not empty. */
  readonly parameters: ReadonlyMap<string, string>
}

export interface TokensIssued {
  readonly status: 'issued'
  readonly tokens: GrantTokens
}

export interface TokenRefusal {
  readonly status: 'refused'
  readonly error: TokenError
  /** For developers of the client application. Contains nothing of the request. */
  readonly description: string
}

export type TokenResult = TokensIssued | TokenRefusal

/** Handles the token requests of one grant type. */
export type RequestTokens = (request: TokenRequest) => Promise<TokenResult>

/** The grant types that the token endpoint supports, by name. */
export type GrantTypes = ReadonlyMap<string, RequestTokens>

/** Passes each request to the function of its grant type. */
export function createRequestTokens(grantTypes: GrantTypes): RequestTokens {
  return async function requestTokens(request) {
    const grantType = request.parameters.get('grant_type')
    if (grantType === undefined) return refuse('invalid_request', 'Send grant_type.')
    const requestTokensOf = grantTypes.get(grantType)
    if (requestTokensOf === undefined) {
      const description = `Supported grant types: ${[...grantTypes.keys()].join(', ')}.`
      return refuse('unsupported_grant_type', description)
    }
    return requestTokensOf(request)
  }
}

export function refuse(error: TokenError, description: string): TokenRefusal {
  return { status: 'refused', error, description }
}

/** What the client application reads of issued tokens (RFC 6749, section 5.1). */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly refresh_token: string
  readonly scope: string
}

export function toTokenResponse(tokens: GrantTokens, now: Instant): TokenResponse {
  return {
    access_token: tokens.accessToken,
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.floor((tokens.accessTokenExpiresAt - now) / 1_000)),
    refresh_token: tokens.refreshToken,
    scope: tokens.scopes.join(' '),
  }
}

/** Whether a client is still registered for all scopes. */
export function mayHave(client: ClientApplication, scopes: readonly Scope[]): boolean {
  return scopes.every((scope) => client.scopes.includes(scope))
}
