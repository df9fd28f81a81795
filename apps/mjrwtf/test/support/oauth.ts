import { randomBytes } from 'node:crypto'
import { nodeSecrets } from '../../src/adapters/crypto/secrets.ts'
import type { ClientApplication, ClientKind } from '../../src/domain/client-application.ts'
import type { Scope } from '../../src/domain/scope.ts'
import type { Browser } from './browser.ts'
import { formType } from './browser.ts'
import type { TestApp } from './open-app.ts'
import type { RawHeaders, TestResponse } from './send.ts'

/** A registered client application. */
export interface TestClient extends ClientApplication {
  /** Empty for a public client. */
  readonly secret: string
}

export interface ClientOptions {
  readonly kind?: ClientKind
  readonly name?: string
  readonly redirectUris?: readonly string[]
  readonly scopes?: readonly Scope[]
  readonly allowsDeviceFlow?: boolean
}

export const callback = 'https://app.example/callback'

/** Registers a client: public, for links and statistics, unless `options` say otherwise. */
export async function aClient(
  { features, leakDetector }: Pick<TestApp, 'features' | 'leakDetector'>,
  options: ClientOptions = {},
): Promise<TestClient> {
  const result = await features.oauth.clients.register(nodeSecrets.id(), {
    name: options.name ?? 'Menu printer',
    kind: options.kind ?? 'public',
    website: '',
    redirectUris: (options.redirectUris ?? [callback]).join('\n'),
    scopes: options.scopes ?? ['links:read', 'links:write'],
    allowsDeviceFlow: options.allowsDeviceFlow ?? false,
  })
  if (result.status !== 'registered') throw new Error(JSON.stringify(result))
  const secret = result.secret ?? ''
  if (secret !== '') leakDetector.addSecret(secret, 'code')
  return { ...result.client, secret }
}

export type Parameters = Readonly<Record<string, string>>

/** An authorization request of a client, with the verifier of its challenge. */
export interface TestRequestOf {
  readonly verifier: string
  readonly parameters: Parameters
  /** With the parameters in the query. */
  readonly path: string
}

export function aRequest(client: ClientApplication, changes: Parameters = {}): TestRequestOf {
  const verifier = randomBytes(32).toString('base64url')
  const parameters = {
    client_id: client.id,
    redirect_uri: client.redirectUris[0] ?? '',
    response_type: 'code',
    scope: client.scopes.join(' '),
    state: 'a state/+&=é',
    code_challenge: nodeSecrets.hash(verifier),
    code_challenge_method: 'S256',
    ...changes,
  }
  return { verifier, parameters, path: authorizePath(parameters) }
}

export function authorizePath(parameters: Parameters): string {
  return `/oauth/authorize?${new URLSearchParams(parameters)}`
}

/** Opens the consent page and submits it. */
export async function consent(
  browser: Browser,
  { path }: Pick<TestRequestOf, 'path'>,
  decision: 'allow' | 'deny' = 'allow',
): Promise<TestResponse> {
  const { action, scope } = consentFormIn(await browser.open(path))
  return browser.submit(action, { decision, scope }, { on: path })
}

/** The fields of a consent page. Throws if it is none. */
export function consentFormIn({ status, body, location }: TestResponse) {
  const [, action] = /<form class="card consent" method="post" action="([^"]+)"/.exec(body) ?? []
  const [, scope = ''] = /name="scope" value="([^"]*)"/.exec(body) ?? []
  if (action === undefined) throw new Error(`No consent page: ${status} ${location}`)
  return { action: action.replaceAll('&amp;', '&'), scope }
}

/** The parameters of a redirect to the client. */
export function responseIn({ location }: Pick<TestResponse, 'location'>): Parameters {
  const url = new URL(location)
  return { uri: location.split('?')[0] ?? '', ...Object.fromEntries(url.searchParams) }
}

/** Consents and returns the code. */
export async function aCode(
  app: Pick<TestApp, 'leakDetector'>,
  browser: Browser,
  request: TestRequestOf,
): Promise<string> {
  const answer = await consent(browser, request)
  const code = new URL(answer.location).searchParams.get('code')
  if (code === null) throw new Error(`No code: ${answer.status} ${answer.location}`)
  app.leakDetector.addSecret(code, 'authorization-code')
  return code
}

export interface SentForm {
  readonly parameters?: Parameters
  /** Instead of `parameters`. */
  readonly body?: string
  readonly headers?: RawHeaders
}

/** Sends a form as a client application does: without cookies. */
export async function sendForm(
  app: Pick<TestApp, 'send' | 'leakDetector'>,
  path: string,
  { parameters = {}, body, headers = [] }: SentForm,
): Promise<TestResponse> {
  const answer = await app.send(path, {
    method: 'POST',
    headers: [...formType, ...headers],
    body: body ?? new URLSearchParams(parameters).toString(),
  })
  for (const [, token = ''] of answer.body.matchAll(/"(?:access|refresh)_token":"([^"]+)"/g)) {
    app.leakDetector.addSecret(token, 'code')
  }
  return answer
}

export function basic(id: string, secret: string): RawHeaders {
  return [['Authorization', `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`]]
}

/** The credentials of a client as parameters. */
export function credentials({ id, secret }: Pick<TestClient, 'id' | 'secret'>): Parameters {
  return secret === '' ? { client_id: id } : { client_id: id, client_secret: secret }
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly scope: string
  readonly expires_in: number
}

export function tokensIn(answer: TestResponse): Tokens {
  const json = answer.json()
  const isObject = typeof json === 'object' && json !== null
  if (answer.status !== 200 || !isObject) throw new Error(`No tokens: ${answer.body}`)
  const fields: Readonly<Record<string, unknown>> = { ...json }
  return {
    access_token: String(fields.access_token),
    refresh_token: String(fields.refresh_token),
    scope: String(fields.scope),
    expires_in: Number(fields.expires_in),
  }
}

/** What a client application does. Later parameters replace those that it would send. */
export function actAs(app: TestApp, client: TestClient) {
  const call = (path: string, parameters: Parameters) =>
    sendForm(app, path, { parameters: { ...credentials(client), ...parameters } })

  function exchange(
    { verifier, parameters }: TestRequestOf,
    code: string,
    changes: Parameters = {},
  ): Promise<TestResponse> {
    const { redirect_uri = '' } = parameters
    const sent = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier }
    return call('/oauth/token', { ...sent, ...changes })
  }

  return {
    call,
    exchange,
    refresh: (refreshToken: string, changes: Parameters = {}) =>
      call('/oauth/token', {
        ...{ grant_type: 'refresh_token', refresh_token: refreshToken },
        ...changes,
      }),
    /** The whole flow: consent, code, tokens. */
    async connect(browser: Browser, changes: Parameters = {}): Promise<Tokens> {
      const request = aRequest(client, changes)
      return tokensIn(await exchange(request, await aCode(app, browser, request)))
    },
    /** Whether an access token is accepted. */
    async isActive({ access_token }: Pick<Tokens, 'access_token'>): Promise<boolean> {
      return (await app.grants.verify(access_token)).status === 'active'
    },
  }
}
