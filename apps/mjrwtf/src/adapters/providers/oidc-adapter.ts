import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  type IDToken,
  type ServerMetadata,
} from 'openid-client'
import type {
  ProviderProfile,
  ProviderTransaction,
  SignInProvider,
} from '../../application/ports/providers.ts'
import { isProviderIdentifier } from '../../domain/identity.ts'
import { second } from '../../domain/time.ts'
import { checkIdToken, type EmailClaims, readClaims } from './id-token.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import {
  type Client,
  clientAuthenticationOf,
  configurationOf,
  discoverIssuer,
} from './issuer-metadata.ts'
import { createLogoutSupport } from './logout-support.ts'
import type { AdapterOptions } from './provider-adapter.ts'
import { type ProviderSteps, providerOf } from './provider-adapter.ts'
import { rejected } from './provider-error.ts'
import { createRefreshedValue } from './refreshed-value.ts'

export interface OidcAdapterOptions
  extends AdapterOptions,
    Pick<SignInProvider, 'id' | 'name' | 'trustsMfa' | 'confirmsAuthentication'> {
  readonly issuer: string
  readonly client: Client
}

type TokenResponse = Awaited<ReturnType<typeof authorizationCodeGrant>>

/** A provider that implements OpenID Connect. Its metadata and keys are loaded at the first visit. */
export function createOidcAdapter(options: OidcAdapterOptions): SignInProvider {
  const { issuer, client, fetch, clock, random } = options
  const load = () => discoverIssuer({ issuer, clientId: client.clientId, fetch })
  const metadata = createRefreshedValue({ load, clock, random })
  const findUrl = async () => (await metadata.get()).jwks_uri ?? ''
  const keys = createIssuerKeys({ findUrl, fetch, clock, random })

  async function configure(): Promise<Configuration> {
    const found = await metadata.get()
    const clientAuthentication = clientAuthenticationOf(found, client)
    return configurationOf({ metadata: found, client, clientAuthentication, fetch, clock })
  }

  async function verify(server: ServerMetadata, tokens: TokenResponse): Promise<IDToken> {
    const claims = tokens.claims()
    const { id_token: idToken, access_token: accessToken } = tokens
    if (claims === undefined || idToken === undefined) throw rejected('response')
    const algorithms = server.id_token_signing_alg_values_supported ?? []
    const { protectedHeader: header } = await keys.verify(idToken, algorithms)
    const { clientId } = client
    checkIdToken({ claims, header, clientId, accessToken, now: clock.now() })
    return claims
  }

  const steps: ProviderSteps = {
    async authorizationUrl(transaction) {
      return buildAuthorizationUrl(await configure(), await parametersOf(transaction))
    },
    async profile(callbackUrl, { state, nonce, codeVerifier, maxAge }) {
      const config = await configure()
      const tokens = await authorizationCodeGrant(config, callbackUrl, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
        ...(maxAge !== null && { maxAge: Math.ceil(maxAge / second) }),
      })
      const claims = await verify(config.serverMetadata(), tokens)
      const emailClaims = await findEmail(config, tokens, claims)
      return toProfile(options, claims, emailClaims)
    },
  }
  const logout = createLogoutSupport({ ...options, metadata, keys })
  return providerOf({ ...options, logout }, steps)
}

async function parametersOf(transaction: ProviderTransaction): Promise<Record<string, string>> {
  const { redirectUri, state, nonce, codeVerifier, maxAge } = transaction
  return {
    redirect_uri: redirectUri,
    scope: 'openid email',
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...(maxAge !== null && { prompt: 'login', max_age: String(Math.ceil(maxAge / second)) }),
  }
}

/** Some providers, such as Authelia, send the email only from their userinfo endpoint. */
async function findEmail(
  config: Configuration,
  { access_token: accessToken }: TokenResponse,
  claims: IDToken,
): Promise<EmailClaims> {
  const hasUserInfo = config.serverMetadata().userinfo_endpoint !== undefined
  const { email, email_verified } = claims
  if (email !== undefined || !hasUserInfo) return { email, email_verified }
  // Rejects claims about another subject (OpenID Connect Core section 5.3.2).
  return fetchUserInfo(config, accessToken, claims.sub)
}

function toProfile(
  { id, issuer }: OidcAdapterOptions,
  claims: IDToken,
  emailClaims: EmailClaims,
): ProviderProfile {
  const subject = claims.sub
  if (!isProviderIdentifier(subject)) throw rejected('subject')
  return { provider: id, issuer, subject, ...readClaims(claims, emailClaims) }
}
