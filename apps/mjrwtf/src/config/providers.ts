import { isLoopbackHost } from '../domain/ip-address.ts'
import { oneOf } from './values.ts'
import type { Variables } from './variables.ts'

/** How this server identifies itself to a provider. Contains a secret: never log it. */
export interface ProviderCredentials {
  readonly clientId: string
  readonly clientSecret: string
}

/** Another OIDC provider, such as Keycloak. */
export interface OidcConfig extends ProviderCredentials {
  /** As the metadata of the provider states it, character by character. https, or http on loopback. */
  readonly issuer: string
  /** For buttons and texts. */
  readonly name: string
  /** Whether a second factor that the provider has verified counts here. */
  readonly trustsMfa: boolean
}

/** The providers that users can sign in with. `null`: not offered. */
export interface ProvidersConfig {
  readonly google: ProviderCredentials | null
  readonly github: ProviderCredentials | null
  readonly discord: ProviderCredentials | null
  readonly oidc: OidcConfig | null
}

const expected = {
  clientId: '1 to 255 visible characters without spaces, as the provider shows the client ID',
  clientSecret: '1 to 1024 visible characters without spaces, as the provider shows the secret',
  issuer:
    'the https URL of the issuer, such as https://id.example/realms/main (http on localhost only), exactly as the ' +
    'metadata of the provider states it, without query, fragment, credentials and /.well-known/',
  name: '1 to 40 characters',
  trustsMfa: 'on or off',
}

export function readProviders(variables: Variables): ProvidersConfig {
  return {
    google: readCredentials(variables, 'GOOGLE'),
    github: readCredentials(variables, 'GITHUB'),
    discord: readCredentials(variables, 'DISCORD'),
    oidc: readOidc(variables),
  }
}

/** Each variable requires the others: a provider that is configured by half would only fail when a user visits it. */
function requireAll(variables: Variables, names: Readonly<Record<string, string>>): void {
  const set = Object.keys(names).filter((name) => variables.isSet(name))
  if (set.length === 0) return
  for (const [name, accepted] of Object.entries(names)) {
    if (!set.includes(name)) variables.reject(name, `${accepted}; required with ${set.join(', ')}`)
  }
}

function readCredentials(variables: Variables, prefix: string): ProviderCredentials | null {
  const [id, secret] = [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`]
  const credentials = readClient(variables, prefix)
  requireAll(variables, { [id]: expected.clientId, [secret]: expected.clientSecret })
  return credentials
}

function readClient(variables: Variables, prefix: string): ProviderCredentials | null {
  const clientId = variables.read(`${prefix}_CLIENT_ID`, {
    parse: visibleText(255),
    expected: expected.clientId,
    fallback: '',
  })
  const clientSecret = variables.read(`${prefix}_CLIENT_SECRET`, {
    parse: visibleText(1_024),
    expected: expected.clientSecret,
    fallback: '',
    mask: 'hidden',
  })
  return clientId === '' || clientSecret === '' ? null : { clientId, clientSecret }
}

function readOidc(variables: Variables): OidcConfig | null {
  const credentials = readClient(variables, 'OIDC')
  const issuer = variables.read('OIDC_ISSUER', {
    parse: issuerUrl,
    expected: expected.issuer,
    fallback: '',
    mask: withoutCredentials,
  })
  const name = variables.read('OIDC_NAME', {
    parse: displayName,
    expected: expected.name,
    fallback: 'single sign-on',
  })
  const trustsMfa = variables.read('OIDC_TRUST_MFA', {
    parse: oneOf(['on', 'off']),
    expected: expected.trustsMfa,
    fallback: 'off',
  })
  requireAll(variables, {
    OIDC_ISSUER: expected.issuer,
    OIDC_CLIENT_ID: expected.clientId,
    OIDC_CLIENT_SECRET: expected.clientSecret,
  })
  requireIssuer(variables, ['OIDC_NAME', 'OIDC_TRUST_MFA'])
  if (credentials === null || issuer === '') return null
  return { ...credentials, issuer, name, trustsMfa: trustsMfa === 'on' }
}

/** A setting of the provider has no effect without it. */
function requireIssuer(variables: Variables, names: readonly string[]): void {
  const set = names.filter((name) => variables.isSet(name))
  if (set.length === 0 || variables.isSet('OIDC_ISSUER')) return
  variables.reject('OIDC_ISSUER', `${expected.issuer}; required with ${set.join(', ')}`)
}

function visibleText(maxLength: number) {
  return (text: string) => (/^[!-~]+$/.test(text) && text.length <= maxLength ? text : null)
}

function displayName(text: string): string | null {
  return /^[^\p{C}]{1,40}$/u.test(text) ? text : null
}

/** Kept as given, because it is compared with the metadata character by character (OpenID Connect Discovery section 4.3). */
function issuerUrl(text: string): string | null {
  if (!URL.canParse(text) || text.length > 255 || /[\\\s{}]/.test(text)) return null
  const { protocol, hostname, origin, pathname, href } = new URL(text)
  if (href !== `${origin}${pathname}` || pathname.includes('/.well-known/')) return null
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname)) ? text : null
}

function withoutCredentials(text: string): string {
  return text.replace(/[^/]*@/g, '***@').replace(/\?.*/, '?***')
}
