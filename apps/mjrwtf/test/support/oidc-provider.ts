import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFakeClock } from 'coatcheck/testing'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'

/** How the next visitor signs in at the provider. */
export interface ProviderUser {
  readonly sub: string
  readonly email?: string
  /** Default: true. */
  readonly emailVerified?: boolean
  readonly acr?: string
  readonly amr?: readonly string[]
  /** In seconds. Default: now. */
  readonly authTime?: number
}

export interface OidcProviderOptions {
  /** Origin of the app. Default: that of the tests. */
  readonly baseUrl?: string
  /** Only the userinfo endpoint has the email, as OpenID Connect Core section 5.4 says. Default: false. */
  readonly hidesEmail?: boolean
  /** Whether ID tokens contain `auth_time`, `acr` and `amr`. Default: true. */
  readonly confirmsAuthentication?: boolean
}

/** Cookies of a browser at the provider. */
export type ProviderCookies = Map<string, string>

/** `oidc-provider` on loopback, with one client: the app as provider `oidc`. */
export interface OidcProvider extends AsyncDisposable {
  readonly issuer: string
  /** Environment of the app. */
  readonly env: Readonly<Record<string, string>>
  /** Secrets that no response or log line of the app may contain. */
  readonly clientSecret: string
  /** Logout tokens that the provider sent, oldest first. The app's endpoint is not called. */
  readonly logoutTokens: readonly string[]
  /** Requests that the provider received, as method and path. */
  readonly requests: readonly string[]
  /** Responses of the token endpoint. */
  readonly tokenResponses: readonly string[]
  /** The user that signs in at further visits. */
  signInAs(user: ProviderUser): void
  /** Further visits are canceled. */
  cancel(): void
  /**
   * Follows the redirects of the app to this provider and returns the callback URL, as path and query. Pass the same
   * cookies to return with a session at the provider.
   */
  visit(authorizationUrl: string, cookies?: ProviderCookies): Promise<string>
  /** Signs the visitor with these cookies out at the provider, which sends logout tokens. */
  signOut(cookies: ProviderCookies): Promise<void>
}

const client = { id: 'mjrwtf', secret: 'client-secret-of-the-test-provider-4c1f' } as const

/** For apps with providers, whose tokens are valid at the time of this machine. */
export function aClockOfNow() {
  return createFakeClock(Date.now())
}

export async function startOidcProvider(options: OidcProviderOptions = {}): Promise<OidcProvider> {
  const { baseUrl = 'http://localhost:8080' } = options
  const requests: string[] = []
  const logoutTokens: string[] = []
  const tokenResponses: string[] = []
  let login: ProviderUser | null = { sub: 'user-1' }
  const users = new Map<string, ProviderUser>()
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`)
    handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = await createQuietly(issuer, {
    ...(await configurationFor(baseUrl, options)),
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => claimsOf(users.get(accountId) ?? { sub: accountId }),
    }),
    // Replaces the requests that the provider sends.
    fetch: async (_url: unknown, init: { readonly body: URLSearchParams }) => {
      logoutTokens.push(init.body.get('logout_token') ?? '')
      return new Response(null, { status: 204 })
    },
  })
  provider.on('grant.success', (context) => {
    tokenResponses.push(JSON.stringify((context as { readonly body: unknown }).body))
  })

  async function finishInteraction(request: IncomingMessage, response: ServerResponse) {
    if (login === null) {
      await provider.interactionFinished(request, response, { error: 'access_denied' })
      return
    }
    const { sub, acr, amr, authTime } = login
    users.set(sub, login)
    const result = { accountId: sub, remember: true, acr, amr, ts: authTime }
    await provider.interactionFinished(request, response, { login: defined(result) })
  }

  const callback = provider.callback()
  handle = (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return callback(request, response)
    finishInteraction(request, response).catch(() => response.writeHead(500).end())
  }

  return {
    issuer,
    env: {
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: client.id,
      OIDC_CLIENT_SECRET: client.secret,
      OIDC_NAME: 'Example ID',
    },
    clientSecret: client.secret,
    logoutTokens,
    requests,
    tokenResponses,
    signInAs(user) {
      login = user
    },
    cancel() {
      login = null
    },
    visit: (url, cookies = new Map()) => follow(url, { issuer, baseUrl, cookies }),
    signOut: (cookies) => signOutAt(issuer, cookies),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** It prints advice for servers in production. */
async function createQuietly(issuer: string, configuration: object): Promise<Provider> {
  const { info, warn } = console
  Object.assign(console, { info: () => undefined, warn: () => undefined })
  try {
    return new Provider(issuer, configuration)
  } finally {
    Object.assign(console, { info, warn })
  }
}

async function configurationFor(baseUrl: string, options: OidcProviderOptions) {
  const { hidesEmail = false, confirmsAuthentication = true } = options
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const confirmed = confirmsAuthentication ? ['auth_time', 'acr', 'amr'] : []
  return {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [`${baseUrl}/login/oidc/callback`],
        post_logout_redirect_uris: [`${baseUrl}/`],
        backchannel_logout_uri: `${baseUrl}/oidc/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'key-1' }] },
    cookies: { keys: ['cookie-key-of-the-test-provider'] },
    claims: { openid: ['sub', ...confirmed], email: ['email', 'email_verified'] },
    conformIdTokenClaims: hidesEmail,
    pkce: { required: () => true },
    // In seconds. A default would print advice at its first use.
    ttl: { AccessToken: 3_600, IdToken: 3_600, Interaction: 3_600, Session: 86_400, Grant: 86_400 },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource },
    },
    interactions: {
      url: (_context: unknown, interaction: { readonly uid: string }) =>
        `/interaction/${interaction.uid}`,
    },
    loadExistingGrant,
  }
}

interface GrantContext {
  readonly oidc: {
    readonly provider: { readonly Grant: new (grant: object) => ProviderGrant }
    readonly client: { readonly clientId: string }
    readonly session: { readonly accountId: string }
  }
}

interface ProviderGrant {
  addOIDCScope(scope: string): void
  save(): Promise<string>
}

/** Every user has consented. */
async function loadExistingGrant({ oidc }: GrantContext): Promise<ProviderGrant> {
  const { clientId } = oidc.client
  const grant = new oidc.provider.Grant({ clientId, accountId: oidc.session.accountId })
  grant.addOIDCScope('openid email')
  await grant.save()
  return grant
}

/** The page that asks before signing out: only its form. */
function logoutSource(context: { body: string }, form: string): void {
  context.body = form
}

function claimsOf({ sub, email, emailVerified = true }: ProviderUser) {
  return defined({ sub, email, email_verified: email === undefined ? undefined : emailVerified })
}

function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

interface Visit {
  readonly issuer: string
  readonly baseUrl: string
  readonly cookies: ProviderCookies
}

async function follow(start: string, { issuer, baseUrl, cookies }: Visit): Promise<string> {
  let url = new URL(start)
  for (let step = 0; step < 10; step += 1) {
    if (url.origin === baseUrl) return `${url.pathname}${url.search}`
    if (url.origin !== issuer) throw new Error(`Redirected to ${url.origin}.`)
    const response = await fetchWith(cookies, url.href)
    const location = response.headers.get('Location')
    if (location === null) throw new Error(`${response.status}: ${await response.text()}`)
    url = new URL(location, url)
  }
  throw new Error('There are too many redirects.')
}

async function fetchWith(cookies: ProviderCookies, url: string, init: RequestInit = {}) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { ...init.headers, cookie }
  const response = await fetch(url, { ...init, headers, redirect: 'manual' })
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? []
    if (value === '') cookies.delete(name)
    else cookies.set(name, value)
  }
  return response
}

async function signOutAt(issuer: string, cookies: ProviderCookies): Promise<void> {
  const page = await (await fetchWith(cookies, `${issuer}/session/end`)).text()
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? []
  const body = new URLSearchParams({ xsrf, logout: 'yes' })
  const response = await fetchWith(cookies, `${issuer}/session/end/confirm`, {
    method: 'POST',
    body,
  })
  if (response.status >= 400) throw new Error(await response.text())
}
