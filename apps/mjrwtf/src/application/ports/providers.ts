import type { IdentityKey, ProviderId } from '../../domain/identity.ts'
import type { Instant, Milliseconds } from '../../domain/time.ts'

/** What a provider says about the visitor, verified. Contains no token. */
export interface ProviderProfile extends IdentityKey {
  readonly provider: ProviderId
  /** `null` if the provider shares none. */
  readonly email: string | null
  /** Whether the provider says that it has verified the email. */
  readonly emailVerified: boolean
  /** The session at the provider (`sid`), or `null`. */
  readonly sid: string | null
  /** When the visitor authenticated at the provider (`auth_time`), or `null` if it does not say. */
  readonly authenticatedAt: Instant | null
  /** `acr`, or `null`. */
  readonly acr: string | null
  /** `amr`, as sent. */
  readonly amr: readonly string[]
}

/** The secrets of one visit to a provider. Bound to the browser, valid once (RFC 9700 section 2.1.1). */
export interface ProviderTransaction {
  readonly state: string
  readonly nonce: string
  /** PKCE, S256. */
  readonly codeVerifier: string
  /** Of this provider only (RFC 9700 section 2.1, mix-up). */
  readonly redirectUri: string
  /** The visitor must have authenticated at most this long ago; `null` to accept a session at the provider. */
  readonly maxAge: Milliseconds | null
}

export type ProviderRedirect =
  | { readonly status: 'redirect'; readonly url: string }
  /** The provider does not respond, or not as its protocol requires. It was reported. */
  | { readonly status: 'unavailable' }

export type ProviderOutcome =
  | { readonly status: 'authenticated'; readonly profile: ProviderProfile }
  /** The visitor canceled at the provider (`access_denied`). */
  | { readonly status: 'canceled' }
  /** The callback or what the provider sent does not pass a check. `reason` is a stable code for the log. */
  | { readonly status: 'rejected'; readonly reason: string }
  | { readonly status: 'unavailable' }

/** Whose sessions at a provider have ended: those of `sid`, or all of `subject` if there is no `sid`. */
export interface ProviderLogout {
  readonly issuer: string
  readonly subject: string | null
  readonly sid: string | null
}

/** A verified logout token. */
export interface VerifiedLogout extends ProviderLogout {
  /** Its `jti`. */
  readonly tokenId: string
}

export type LogoutTokenOutcome =
  | { readonly status: 'valid'; readonly logout: VerifiedLogout }
  /** `reason` is a stable code for the log. */
  | { readonly status: 'rejected'; readonly reason: string }
  /** The keys of the provider cannot be loaded. */
  | { readonly status: 'unavailable' }

/** Verifies a logout token of any configured provider. */
export type VerifyLogoutToken = (token: string) => Promise<LogoutTokenOutcome>

/** Logout at a provider with OpenID Connect, in both directions. */
export interface ProviderLogoutSupport {
  readonly issuer: string
  /** Verifies a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6). */
  readonly verifyToken: VerifyLogoutToken
  /**
   * Where the visitor signs out at the provider (OpenID Connect RP-Initiated Logout 1.0), and from where they return.
   * `null` if the provider has no such page or is unavailable.
   */
  findUrl(returnTo: string): Promise<string | null>
}

/** A provider that is configured. Creating it does no I/O; it can be unavailable without affecting the others. */
export interface SignInProvider {
  readonly id: ProviderId
  /** Of its identities. */
  readonly issuer: string
  /** For buttons and texts, such as `Google`. */
  readonly name: string
  /** Whether the operator accepts a second factor that this provider has verified. */
  readonly trustsMfa: boolean
  /** Whether it can confirm when the visitor authenticated, which a step-up needs. */
  readonly confirmsAuthentication: boolean
  begin(transaction: ProviderTransaction): Promise<ProviderRedirect>
  /** `callbackUrl` is the URL of the request with the public origin. */
  complete(callbackUrl: URL, transaction: ProviderTransaction): Promise<ProviderOutcome>
  /** `null` for a provider without OpenID Connect. */
  readonly logout: ProviderLogoutSupport | null
}

/** The configured providers, in the order of the buttons. */
export interface SignInProviders {
  list(): readonly SignInProvider[]
  /** `null` if it is not configured. */
  find(id: string): SignInProvider | null
}

export function configuredIssuers(providers: Pick<SignInProviders, 'list'>): readonly string[] {
  return providers.list().map(({ issuer }) => issuer)
}

const defaultNames: Readonly<Record<ProviderId, string>> = {
  google: 'Google',
  github: 'GitHub',
  discord: 'Discord',
  oidc: 'single sign-on',
}

/** The name of a provider for texts, also if it is not configured any more. */
export function providerName(providers: Pick<SignInProviders, 'find'>, id: ProviderId): string {
  return providers.find(id)?.name ?? defaultNames[id]
}
