import type { ClientApplication } from '../../domain/client-application.ts'
import { parseScopes } from '../../domain/scope.ts'
import type { GrantTokens, UserGrants } from '../ports/grants.ts'
import type { FindGrantUser } from './find-grant-user.ts'
import { mayHave, type RequestTokens, refuse, type TokenResult } from './token-requests.ts'

export interface RefreshTokensDependencies {
  readonly grants: Pick<UserGrants, 'refresh' | 'end'>
  readonly findGrantUser: FindGrantUser
}

/** The grant type `refresh_token` (RFC 6749, section 6). */
export function createRefreshTokens(dependencies: RefreshTokensDependencies): RequestTokens {
  const { grants } = dependencies
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
    if (result.status === 'refreshed') return keepValid(dependencies, client, result.tokens)
    return result.reason === 'scope-not-granted' ? widerScope : invalidToken
  }
}

/**
 * Returns the tokens unless their grant should have ended and the database failed then: the password was changed, or the
 * client has lost a scope. Ends it now.
 */
async function keepValid(
  { grants, findGrantUser }: RefreshTokensDependencies,
  client: ClientApplication,
  tokens: GrantTokens,
): Promise<TokenResult> {
  if ((await findGrantUser(tokens)) === null) return invalidToken
  if (mayHave(client, tokens.scopes)) return { status: 'issued', tokens }
  await grants.end(tokens.userId, tokens.grantId, 'ended-by-operator')
  return invalidToken
}

const widerScope = refuse('invalid_scope', 'Request only scopes that the user has granted.')

/** The same for every reason, so that no client learns about the tokens of others. */
const invalidToken = refuse(
  'invalid_grant',
  'The refresh token is invalid, has expired or was revoked. Ask the user to connect again.',
)
