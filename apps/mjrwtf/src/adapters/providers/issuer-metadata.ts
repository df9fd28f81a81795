import type { Clock } from 'coatcheck'
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretPost,
  Configuration,
  clockSkew,
  clockTolerance,
  customFetch,
  discovery,
  type ServerMetadata,
} from 'openid-client'
import { second } from '../../domain/time.ts'
import { type ProviderError, toProviderError, unavailable } from './provider-error.ts'
import { type ProviderFetch, requireSecureUrl } from './provider-fetch.ts'

/**
 * Signature algorithms of tokens that are accepted, whatever a token or the metadata says (ASVS 5.0 V9.1.2): asymmetric
 * ones, because a client secret is no key.
 */
export const signatureAlgorithms: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

/** How far the clocks of a provider and of this server may differ, in seconds. */
export const maxClockDifference = 60

/** How this server identifies itself to a provider. */
export interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

export interface DiscoveryOptions {
  readonly issuer: string
  readonly clientId: string
  readonly fetch: ProviderFetch
}

/**
 * Loads the metadata of an OIDC provider (OpenID Connect Discovery section 4). Its issuer must be the configured one,
 * character by character: `openid-client` alone accepts placeholders of Entra for the tenant, so that any tenant could
 * sign in, and normalizes URLs.
 */
export async function discoverIssuer(options: DiscoveryOptions): Promise<ServerMetadata> {
  const { issuer, clientId } = options
  const metadata = await discover(options, clientId)
  if (metadata.issuer !== issuer) throw unavailable('issuer-mismatch')
  const { authorization_endpoint, token_endpoint, jwks_uri } = metadata
  const isComplete = [authorization_endpoint, token_endpoint, jwks_uri].every(isString)
  if (!isComplete) throw unavailable('invalid-metadata')
  // The browser is redirected there, and no request of ours checks it.
  requireSecureUrl(String(authorization_endpoint))
  const algorithms = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const accepted = algorithms.filter((each) => signatureAlgorithms.includes(each))
  if (accepted.length === 0) throw unavailable('unsupported-algorithm')
  return { ...metadata, id_token_signing_alg_values_supported: accepted }
}

async function discover({ issuer, fetch }: DiscoveryOptions, clientId: string) {
  try {
    const config = await discovery(new URL(issuer), clientId, undefined, undefined, {
      [customFetch]: fetch,
      execute: insecureRequestsOf(issuer),
    })
    const { supportsPKCE: _, ...metadata } = config.serverMetadata()
    return metadata
  } catch (error) {
    throw discoveryError(error)
  }
}

/** Whatever is wrong with the metadata concerns the provider, not a visit. */
function discoveryError(error: unknown): ProviderError {
  const failure = toProviderError(error)
  if (failure.kind === 'unavailable') return failure
  return failure.reason === 'subject'
    ? unavailable('issuer-mismatch', error)
    : unavailable('invalid-metadata', error)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

/** Requests over http are for providers on loopback only. */
function insecureRequestsOf(issuer: string) {
  return issuer.startsWith('http:') ? [allowInsecureRequests] : []
}

interface ConfigurationOptions {
  readonly metadata: ServerMetadata
  readonly client: Client
  readonly clientAuthentication: ClientAuth
  readonly fetch: ProviderFetch
  readonly clock: Clock
}

/** The configuration of `openid-client` for one visit, at the time of the app's clock. */
export function configurationOf(options: ConfigurationOptions): Configuration {
  const { metadata, client, clientAuthentication, fetch, clock } = options
  const difference = Math.round((clock.now() - Date.now()) / second)
  const clientMetadata = { [clockSkew]: difference, [clockTolerance]: maxClockDifference }
  const config = new Configuration(metadata, client.clientId, clientMetadata, clientAuthentication)
  config[customFetch] = fetch
  for (const allow of insecureRequestsOf(metadata.token_endpoint ?? '')) allow(config)
  return config
}

/** The method that the metadata offers. `client_secret_basic` is the default (RFC 8414 section 2). */
export function clientAuthenticationOf(
  { token_endpoint_auth_methods_supported: methods }: ServerMetadata,
  client: Client,
): ClientAuth {
  if (methods === undefined || methods.includes('client_secret_basic')) {
    return basicAuthentication(client)
  }
  if (methods.includes('client_secret_post')) return ClientSecretPost(client.clientSecret)
  throw unavailable('unsupported-client-authentication')
}

/**
 * RFC 6749 section 2.3.1. Hyphens, dots and underscores are not encoded, as in forms of browsers: `ClientSecretBasic` of
 * `openid-client` encodes them, and servers that do not decode the header then reject the secret.
 */
function basicAuthentication({ clientId, clientSecret }: Client): ClientAuth {
  const credentials = [clientId, clientSecret].map(encodeForForm).join(':')
  const value = `Basic ${Buffer.from(credentials).toString('base64')}`
  return (...[, , , headers]) => headers.set('authorization', value)
}

function encodeForForm(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}
