import { parseScopes } from '../../domain/scope.ts'
import type { UserGrants } from '../ports/grants.ts'
import { type RequestTokens, refuse } from './token-requests.ts'

/** The grant type `refresh_token` (RFC 6749, section 6). */
export function createRefreshTokens(grants: Pick<UserGrants, 'refresh'>): RequestTokens {
  return async function refreshTokens({ client, parameters }) {
    const refreshToken = parameters.get('refresh_token')
    if (refreshToken === undefined) return refuse('invalid_request', 'Send refresh_token.')
    const scope = parameters.get('scope')
    const scopes = scope === undefined ? undefined : parseScopes(scope)
    if (scopes === null || scopes?.length === 0) return widerScope
    const result = await grants.refresh({
      refreshToken,
      clientId: client.id,
      ...(scopes !== undefined && { scopes }),
    })
    if (result.status === 'refreshed') return { status: 'issued', tokens: result.tokens }
    return result.reason === 'scope-not-granted' ? widerScope : invalidToken
  }
}

const widerScope = refuse('invalid_scope', 'Request only scopes that the user has granted.')

/** The same for every reason, so that no client learns about the tokens of others. */
const invalidToken = refuse(
  'invalid_grant',
  'The refresh token is invalid, has expired or was revoked. Ask the user to connect again.',
)
