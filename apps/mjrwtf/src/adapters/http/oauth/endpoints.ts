import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { OAuth } from '../../../application/oauth/oauth.ts'
import { toTokenResponse } from '../../../application/oauth/token-requests.ts'
import { scopes } from '../../../domain/scope.ts'
import type { AppEnv, PageContext, RequestContext } from '../http-context.ts'
import { oauthError } from '../responses/problem.tsx'
import { type ClientRequestContext, invalidRequest, readClientRequest } from './client-request.ts'

export interface OAuthEndpointContext extends ClientRequestContext, Pick<PageContext, 'options'> {
  readonly oauth: ClientRequestContext['oauth'] &
    Pick<OAuth, 'grantTypes' | 'requestTokens' | 'revokeToken' | 'introspect'>
}

/**
 * The endpoints that client applications call themselves. They use no cookie, so they need no CSRF token. Pages
 * of the origins in CORS_ORIGINS can read the responses, as those of the API.
 */
export function addOAuthEndpoints(app: Hono<AppEnv>, context: OAuthEndpointContext): void {
  const metadata = describeServer(context)
  app.get('/.well-known/oauth-authorization-server', (c) => c.json(metadata))
  app.post('/oauth/token', (c) => issueTokens(context, c))
  app.post('/oauth/revoke', (c) => revokeToken(context, c))
  app.post('/oauth/introspect', (c) => introspect(context, c))
}

async function issueTokens(context: OAuthEndpointContext, c: RequestContext): Promise<Response> {
  const request = await readClientRequest(context, c)
  if (isResponse(request)) return request
  const result = await context.oauth.requestTokens(request)
  if (result.status === 'refused')
    return oauthError(c, { status: 400, code: result.error, message: result.description })
  return c.json(toTokenResponse(result.tokens, context.clock.now()))
}

/** The same response for an unknown token and one of another client (RFC 7009, section 2.2). */
async function revokeToken(context: OAuthEndpointContext, c: RequestContext): Promise<Response> {
  const request = await readClientRequest(context, c)
  if (isResponse(request)) return request
  const token = request.parameters.get('token')
  if (token === undefined) return oauthError(c, invalidRequest('Send token.'))
  await context.oauth.revokeToken(token, request.client.id)
  return c.body(null, 200)
}

/** For confidential clients only: anyone can use the id of a public one, and test tokens with it. */
async function introspect(context: OAuthEndpointContext, c: RequestContext): Promise<Response> {
  const request = await readClientRequest(context, c)
  if (isResponse(request)) return request
  const { client, parameters } = request
  if (client.kind !== 'confidential') {
    const message = 'Only clients with a secret can introspect tokens.'
    return oauthError(c, { status: 403, code: 'unauthorized_client', message })
  }
  const token = parameters.get('token')
  if (token === undefined) return oauthError(c, invalidRequest('Send token.'))
  return c.json(await context.oauth.introspect(client, token))
}

const deviceGrantType = 'urn:ietf:params:oauth:grant-type:device_code'

/** The metadata of RFC 8414, section 2: exactly what is supported. */
function describeServer({ options: { baseUrl }, oauth }: OAuthEndpointContext) {
  const withSecret = ['client_secret_basic', 'client_secret_post']
  return {
    issuer: baseUrl,
    authorization_endpoint: `${baseUrl}/oauth/authorize`,
    token_endpoint: `${baseUrl}/oauth/token`,
    revocation_endpoint: `${baseUrl}/oauth/revoke`,
    introspection_endpoint: `${baseUrl}/oauth/introspect`,
    ...(oauth.grantTypes.includes(deviceGrantType) && {
      device_authorization_endpoint: `${baseUrl}/oauth/device_authorization`,
    }),
    scopes_supported: scopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: oauth.grantTypes,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    token_endpoint_auth_methods_supported: [...withSecret, 'none'],
    revocation_endpoint_auth_methods_supported: [...withSecret, 'none'],
    introspection_endpoint_auth_methods_supported: withSecret,
    service_documentation: `${baseUrl}/docs/api`,
  }
}
