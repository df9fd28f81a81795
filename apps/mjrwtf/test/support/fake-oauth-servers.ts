import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sendJson } from './forged-provider.ts'

/**
 * The endpoints of GitHub and Discord that the app uses, after their documentation ("Authorizing OAuth apps",
 * "Troubleshooting OAuth app access token request errors", "Get the authenticated user", "List email addresses for the
 * authenticated user" of docs.github.com; "OAuth2" and "Users" of docs.discord.com).
 */
export interface FakeOAuthServer extends AsyncDisposable {
  readonly origin: string
  /** Access tokens that were issued. */
  readonly accessTokens: readonly string[]
  /** Requests received, as method and path. */
  readonly requests: readonly string[]
  /** Body of the response about the user. */
  user: unknown
  /** Body of GitHub's response about the emails. */
  emails: unknown
  /** Replaces the response of the token endpoint. */
  tokenResponse: FakeResponse | null
  /** Status of the API. Default: 200. */
  apiStatus: number
  /** What the user does at the authorization page. Returns path and query of the callback. */
  authorize(authorizationUrl: string, decision?: 'allow' | 'deny'): string
}

export const oauthClient = {
  clientId: '1234567890',
  clientSecret: 'oauth-client-secret-of-tests-5d2',
} as const

interface FakeResponse {
  readonly status: number
  readonly body: unknown
}

interface Grant {
  readonly redirectUri: string
  readonly challenge: string
}

interface Layout {
  readonly authorizePath: string
  readonly tokenPath: string
  readonly userPath: string
  readonly scope: string
  /** The response to a code that is wrong, expired or used. */
  readonly badCode: FakeResponse
}

const gitHub: Layout = {
  authorizePath: '/login/oauth/authorize',
  tokenPath: '/login/oauth/access_token',
  userPath: '/user',
  scope: 'user:email',
  // With status 200.
  badCode: {
    status: 200,
    body: {
      error: 'bad_verification_code',
      error_description: 'The code passed is incorrect or expired.',
      error_uri: '/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/',
    },
  },
}

const discord: Layout = {
  authorizePath: '/oauth2/authorize',
  tokenPath: '/api/oauth2/token',
  userPath: '/api/v10/users/@me',
  scope: 'identify email',
  badCode: {
    status: 400,
    body: { error: 'invalid_grant', error_description: 'Invalid "code" in request.' },
  },
}

export function startFakeGitHub(): Promise<FakeOAuthServer> {
  return start(gitHub, { id: 583_231, login: 'octocat', email: null })
}

export function startFakeDiscord(): Promise<FakeOAuthServer> {
  const user = { id: '80351110224678912', username: 'nelly', email: 'nelly@users.test' }
  return start(discord, { ...user, verified: true })
}

async function start(layout: Layout, user: unknown): Promise<FakeOAuthServer> {
  const grants = new Map<string, Grant>()
  const accessTokens: string[] = []
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { status, body } = respond(request, Buffer.concat(chunks).toString())
      sendJson(response, body, status)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  function respond(request: IncomingMessage, body: string): FakeResponse {
    if (request.url === layout.tokenPath) return exchange(new URLSearchParams(body))
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? ''
    if (!accessTokens.includes(token)) return { status: 401, body: { message: 'Bad credentials' } }
    const status = fake.apiStatus
    if (status !== 200) return { status, body: { message: 'Error' } }
    if (request.url === layout.userPath) return { status, body: fake.user }
    if (request.url === '/user/emails') return { status, body: fake.emails }
    return { status: 404, body: { message: 'Not Found' } }
  }

  function exchange(form: URLSearchParams): FakeResponse {
    if (fake.tokenResponse !== null) return fake.tokenResponse
    const code = form.get('code') ?? ''
    const grant = grants.get(code)
    grants.delete(code)
    if (grant === undefined || !fits(grant, form)) return layout.badCode
    const accessToken = `access-${createHash('sha256').update(code).digest('hex')}`
    accessTokens.push(accessToken)
    const body = { access_token: accessToken, scope: layout.scope, token_type: 'bearer' }
    return { status: 200, body }
  }

  const fake: FakeOAuthServer = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accessTokens,
    requests,
    user,
    emails: [
      { email: 'other@users.test', primary: false, verified: true, visibility: null },
      { email: 'octocat@users.test', primary: true, verified: true, visibility: 'public' },
    ],
    tokenResponse: null,
    apiStatus: 200,
    authorize: (url, decision = 'allow') => authorize({ layout, grants, url, decision }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return fake
}

function fits({ redirectUri, challenge }: Grant, form: URLSearchParams): boolean {
  const verifier = form.get('code_verifier') ?? ''
  return (
    form.get('client_id') === oauthClient.clientId &&
    form.get('client_secret') === oauthClient.clientSecret &&
    form.get('redirect_uri') === redirectUri &&
    createHash('sha256').update(verifier).digest('base64url') === challenge
  )
}

interface Authorization {
  readonly layout: Layout
  readonly grants: Map<string, Grant>
  readonly url: string
  readonly decision: 'allow' | 'deny'
}

function authorize({ layout, grants, url, decision }: Authorization): string {
  const { pathname, searchParams } = new URL(url)
  const parameter = (name: string) => searchParams.get(name) ?? ''
  const isExpected =
    pathname === layout.authorizePath &&
    parameter('client_id') === oauthClient.clientId &&
    parameter('scope') === layout.scope &&
    parameter('code_challenge_method') === 'S256'
  if (!isExpected) throw new Error(`This is no authorization request: ${url}`)
  const redirectUri = parameter('redirect_uri')
  const callback = new URL(redirectUri)
  if (decision === 'deny') callback.searchParams.set('error', 'access_denied')
  else {
    const code = createHash('sha256').update(url).digest('hex').slice(0, 20)
    grants.set(code, { redirectUri, challenge: parameter('code_challenge') })
    callback.searchParams.set('code', code)
  }
  callback.searchParams.set('state', parameter('state'))
  return `${callback.pathname}${callback.search}`
}
