import { randomInt } from 'node:crypto'
import { decodeJwt } from 'jose'
import type {
  SignInProvider,
  SignInProviders,
  VerifyLogoutToken,
} from '../../application/ports/providers.ts'
import { createDiscordAdapter } from './discord.ts'
import { type ProviderEndpoints, publicEndpoints } from './endpoints.ts'
import { createGitHubAdapter } from './github.ts'
import type { Client } from './issuer-metadata.ts'
import { createOidcAdapter } from './oidc-adapter.ts'
import type { AdapterOptions } from './provider-adapter.ts'
import { createProviderFetch } from './provider-fetch.ts'

/** The configured providers; `null` for the others. */
export interface ProviderClients {
  readonly google: Client | null
  readonly github: Client | null
  readonly discord: Client | null
  readonly oidc: OidcClient | null
}

interface OidcClient extends Client {
  readonly issuer: string
  readonly name: string
  readonly trustsMfa: boolean
}

export interface ConfiguredProviders extends SignInProviders {
  readonly verifyLogoutToken: VerifyLogoutToken
}

export interface CreateProvidersOptions extends Omit<AdapterOptions, 'fetch' | 'random'> {
  /** Replaces the public ones. */
  readonly endpoints: Partial<ProviderEndpoints>
}

/** Creates the configured providers. Sends no request until a visitor uses one. */
export function createProviders(
  clients: ProviderClients,
  options: CreateProvidersOptions,
): ConfiguredProviders {
  const endpoints = { ...publicEndpoints, ...options.endpoints }
  // Each has its own limits, so that one that is slow does not delay the others.
  const optionsFor = () => ({ ...options, random, fetch: createProviderFetch() })
  const created: readonly (SignInProvider | null)[] = [
    clients.google && googleAdapter(optionsFor(), clients.google, endpoints.google),
    clients.github &&
      createGitHubAdapter({
        ...optionsFor(),
        client: clients.github,
        endpoints: endpoints.github,
      }),
    clients.discord &&
      createDiscordAdapter({
        ...optionsFor(),
        client: clients.discord,
        endpoint: endpoints.discord,
      }),
    clients.oidc && oidcAdapter(optionsFor(), clients.oidc),
  ]
  const providers = created.filter((each) => each !== null)
  return {
    list: () => providers,
    find: (id) => providers.find((each) => each.id === id) ?? null,
    verifyLogoutToken: createVerifyLogoutToken(providers),
  }
}

/** The issuer that the token names chooses the keys, and must be the one that has signed it. */
function createVerifyLogoutToken(providers: readonly SignInProvider[]): VerifyLogoutToken {
  return async function verifyLogoutToken(token) {
    const issuer = issuerIn(token)
    const logout = providers.find((each) => each.logout?.issuer === issuer)?.logout ?? null
    return logout?.verifyToken(token) ?? { status: 'rejected', reason: 'issuer' }
  }
}

/** Not verified. */
function issuerIn(token: string): string | null {
  try {
    return decodeJwt(token).iss ?? null
  } catch {
    return null
  }
}

/** Google sends no `auth_time`. */
function googleAdapter(options: AdapterOptions, client: Client, issuer: string): SignInProvider {
  const description = { id: 'google', name: 'Google', trustsMfa: false } as const
  return createOidcAdapter({
    ...options,
    ...description,
    confirmsAuthentication: false,
    issuer,
    client,
  })
}

function oidcAdapter(options: AdapterOptions, { issuer, name, trustsMfa, ...client }: OidcClient) {
  const description = { id: 'oidc', name, trustsMfa, confirmsAuthentication: true } as const
  return createOidcAdapter({ ...options, ...description, issuer, client })
}

function random(): number {
  return randomInt(2 ** 32) / 2 ** 32
}
