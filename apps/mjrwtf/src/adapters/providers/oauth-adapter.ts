import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  calculatePKCECodeChallenge,
  type ServerMetadata,
} from 'openid-client'
import type { ProviderProfile, SignInProvider } from '../../application/ports/providers.ts'
import type { ProviderId } from '../../domain/identity.ts'
import { type Client, configurationOf } from './issuer-metadata.ts'
import { type AdapterOptions, providerOf } from './provider-adapter.ts'

/** A provider of OAuth 2.0 that has no ID tokens: an API says whose the access token is. */
export interface OAuthAdapterOptions extends AdapterOptions {
  readonly id: ProviderId
  /** Of its identities. */
  readonly issuer: string
  readonly name: string
  readonly client: Client
  readonly metadata: ServerMetadata
  readonly clientAuthentication: ClientAuth
  readonly scope: string
  /** Reads the profile with the access token, which is then dropped. */
  readonly readProfile: (accessToken: string) => Promise<OAuthProfile>
}

export type OAuthProfile = Pick<ProviderProfile, 'subject' | 'email' | 'emailVerified'>

/** The API does not say how and when the user authenticated. */
const unknownAuthentication = { sid: null, authenticatedAt: null, acr: null, amr: [] } as const

export function createOAuthAdapter(options: OAuthAdapterOptions): SignInProvider {
  const { id, issuer, name, scope, readProfile } = options
  const unsupported = { trustsMfa: false, confirmsAuthentication: false, logout: null } as const
  return providerOf(
    { id, issuer, name, ...unsupported, onFailure: options.onFailure },
    {
      async authorizationUrl({ redirectUri, state, codeVerifier }) {
        return buildAuthorizationUrl(configurationOf(options), {
          redirect_uri: redirectUri,
          scope,
          state,
          code_challenge: await calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
        })
      },
      async profile(callbackUrl, { state, codeVerifier }) {
        const tokens = await authorizationCodeGrant(configurationOf(options), callbackUrl, {
          expectedState: state,
          pkceCodeVerifier: codeVerifier,
        })
        const profile = await readProfile(tokens.access_token)
        return { provider: id, issuer, ...profile, ...unknownAuthentication }
      },
    },
  )
}
