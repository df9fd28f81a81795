import { parseScopes } from '../../domain/scope.ts'
import type { UserGrants } from '../ports/grants.ts'
import { mayHave, type RequestTokens, refuse } from './token-requests.ts'

/**
 * The grant type `refresh_token` (RFC 6749, section 6). A grant with a scope that the client has lost ends: it outlived the
 * change if the database failed during it.
 */
export function createRefreshTokens(
  grants: Pick<UserGrants, 'refresh' | 'endForChangedClient'>,
): RequestTokens {
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
    if (result.status === 'refreshed') {
      const { tokens } = result
      if (mayHave(client, tokens.scopes)) return { status: 'issued', tokens }
      await grants.endForChangedClient(tokens.userId, tokens.grantId)
      return invalidToken
    }
    return result.reason === 'scope-not-granted' ? widerScope : invalidToken
  }
}

const widerScope = refuse('invalid_scope', 'Request only scopes that the user has granted.')

/** The same for every reason, so that no client learns about the tokens of others. */
const invalidToken = refuse(
  'invalid_grant',
  'The refresh token is invalid, has expired or was revoked. Ask the user to connect again.',
)
