import type { Clock } from 'coatcheck'
import type { AuthorizationCodeRepository } from '../ports/authorization-code-repository.ts'
import type { ClientRepository } from '../ports/client-repository.ts'
import type { UserGrants } from '../ports/grants.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { Limits } from '../shared/rate-limits.ts'
import { type AuthenticateClient, createAuthenticateClient } from './authenticate-client.ts'
import { type Authorize, createAuthorize } from './authorize.ts'
import { type Clients, createClients } from './clients.ts'
import { createFindClient } from './command-line-client.ts'
import type { IsConsentValid } from './consent-validity.ts'
import { createExchangeCode } from './exchange-code.ts'
import { createFindGrantUser } from './find-grant-user.ts'
import { createIntrospect, type Introspect } from './introspect.ts'
import { createRefreshTokens } from './refresh-tokens.ts'
import type { ReportConnectedApp } from './report-connected-app.ts'
import { createRequestTokens, type GrantTypes, type RequestTokens } from './token-requests.ts'
import { createVerifyAccessToken, type VerifyAccessToken } from './verify-access-token.ts'

export interface OAuthDependencies {
  readonly clients: ClientRepository
  readonly authorizationCodes: AuthorizationCodeRepository
  readonly grants: UserGrants
  readonly users: Pick<UserRepository, 'find' | 'findOperator'>
  readonly isConsentValid: IsConsentValid
  readonly reportConnectedApp: ReportConnectedApp
  readonly limits: Pick<Limits, 'authorization' | 'clientAuthentication'>
  readonly secrets: Pick<Secrets, 'id' | 'code' | 'hash' | 'isEqual'>
  readonly clock: Clock
}

/** Client applications that act on behalf of users (OAuth 2.1). */
export interface OAuth {
  readonly clients: Clients
  readonly authorize: Authorize
  readonly authenticateClient: AuthenticateClient
  /** The supported grant types, for the metadata. */
  readonly grantTypes: readonly string[]
  readonly requestTokens: RequestTokens
  /** Ends the grant of a token that was issued to the client (RFC 7009). */
  readonly revokeToken: UserGrants['revokeToken']
  readonly introspect: Introspect
  readonly verifyAccessToken: VerifyAccessToken
}

/** `otherGrantTypes`: of flows with endpoints of their own. */
export function createOAuth(dependencies: OAuthDependencies, otherGrantTypes: GrantTypes): OAuth {
  const { grants } = dependencies
  const findGrantUser = createFindGrantUser(dependencies)
  const grantTypes: GrantTypes = new Map([
    ['authorization_code', createExchangeCode(dependencies)],
    ['refresh_token', createRefreshTokens({ grants, findGrantUser })],
    ...otherGrantTypes,
  ])
  return {
    clients: createClients(dependencies),
    authorize: createAuthorize(dependencies),
    authenticateClient: createAuthenticateClient({
      ...dependencies,
      findClient: createFindClient(dependencies),
    }),
    grantTypes: [...grantTypes.keys()],
    requestTokens: createRequestTokens(grantTypes),
    revokeToken: grants.revokeToken,
    introspect: createIntrospect({ grants, findGrantUser }),
    verifyAccessToken: createVerifyAccessToken({ grants, findGrantUser }),
  }
}
