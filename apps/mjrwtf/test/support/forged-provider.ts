import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CompactSign,
  type CryptoKey,
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWK,
} from 'jose'

type Json = Record<string, unknown>

/** The parts of an ID token. A test changes them before it is signed. */
export interface TokenDraft {
  readonly header: Json & { alg: string; kid?: string }
  readonly claims: Json
  key: CryptoKey | Uint8Array
  /** Replaces the signed token. */
  finish: (jwt: string) => string
  /** Added to the response of the token endpoint. */
  readonly response: Json
}

export interface ForgedKey {
  readonly kid: string
  readonly alg: string
  readonly keys: GenerateKeyPairResult
}

export type Respond = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** An OIDC provider that a test controls completely: it sends whatever the test wants. */
export interface ForgedProvider extends AsyncDisposable {
  readonly issuer: string
  /** Requests received: method, path, and body. */
  readonly requests: readonly ForgedRequest[]
  /** Its metadata; a test may change it. */
  readonly metadata: Json
  /** Its published keys; a test may change them. The first one signs. */
  readonly keys: ForgedKey[]
  /** Every access token and ID token that it has sent. */
  readonly sentTokens: readonly string[]
  /** Changes the next ID tokens. */
  onToken(change: (draft: TokenDraft) => void): void
  /** Replaces the response of a path. */
  respond(path: string, respond: Respond): void
  /** Removes all changes. */
  reset(): void
}

export interface ForgedRequest {
  readonly method: string
  readonly path: string
  readonly authorization: string
  readonly body: string
}

export const forgedClient = {
  clientId: 'client-of-tests',
  clientSecret: 'client-secret-of-tests-93b1',
} as const

export async function aForgedKey(kid: string, alg = 'RS256'): Promise<ForgedKey> {
  return { kid, alg, keys: await generateKeyPair(alg, { extractable: true }) }
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

/** A provider whose tokens contain the nonce that the authorization URL had. */
export async function startForgedProvider(): Promise<ForgedProvider> {
  const requests: ForgedRequest[] = []
  const sentTokens: string[] = []
  const responders = new Map<string, Respond>()
  const metadata: Json = {}
  const firstKey = await aForgedKey('key-1')
  const keys = [firstKey]
  let change: (draft: TokenDraft) => void = () => undefined
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = new URL(request.url ?? '', issuer).pathname
      const body = Buffer.concat(chunks).toString()
      const authorization = request.headers.authorization ?? ''
      requests.push({ method: request.method ?? '', path, authorization, body })
      const respond = responders.get(path) ?? defaults.get(path)
      if (respond === undefined) response.writeHead(404).end()
      else respond(request, response, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function issueTokens(response: ServerResponse, body: string): Promise<void> {
    const tokens = await createTokens({ issuer, keys, change, code: codeIn(body) })
    for (const token of [tokens.access_token, tokens.id_token]) {
      if (typeof token === 'string') sentTokens.push(token)
    }
    sendJson(response, tokens)
  }

  const defaults = new Map<string, Respond>([
    [
      '/.well-known/openid-configuration',
      (_request, response) => sendJson(response, { ...metadataOf(issuer), ...metadata }),
    ],
    ['/jwks', (_request, response) => void publish(response, keys)],
    ['/token', (_request, response, body) => void issueTokens(response, body)],
    ['/userinfo', (_request, response) => sendJson(response, { sub: 'user-1' })],
  ])

  return {
    issuer,
    requests,
    metadata,
    keys,
    sentTokens,
    onToken(next) {
      change = next
    },
    respond: (path, respond) => void responders.set(path, respond),
    reset() {
      responders.clear()
      for (const name of Object.keys(metadata)) delete metadata[name]
      keys.splice(0, keys.length, firstKey)
      change = () => undefined
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function metadataOf(issuer: string): Json {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ['code'],
    id_token_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  }
}

async function publish(response: ServerResponse, keys: readonly ForgedKey[]): Promise<void> {
  sendJson(response, { keys: await Promise.all(keys.map(publicJwk)) })
}

export async function publicJwk({ kid, alg, keys }: ForgedKey): Promise<JWK> {
  return { ...(await exportJWK(keys.publicKey)), kid, alg, use: 'sig' }
}

/** The code is the nonce: the provider does not store the requests of the authorization endpoint. */
function codeIn(body: string): string {
  return new URLSearchParams(body).get('code') ?? ''
}

interface Issue {
  readonly issuer: string
  readonly keys: readonly ForgedKey[]
  readonly code: string
  readonly change: (draft: TokenDraft) => void
}

async function createTokens({ issuer, keys, change, code }: Issue): Promise<Json> {
  const [signingKey] = keys
  if (signingKey === undefined) throw new Error('There is no key to sign with.')
  const now = Math.floor(Date.now() / 1_000)
  const draft: TokenDraft = {
    header: { alg: signingKey.alg, kid: signingKey.kid },
    claims: {
      iss: issuer,
      sub: 'user-1',
      aud: forgedClient.clientId,
      iat: now,
      exp: now + 300,
      nonce: code,
      email: 'one@users.test',
      email_verified: true,
    },
    key: signingKey.keys.privateKey,
    finish: (jwt) => jwt,
    response: {
      access_token: `access-token-${createHash('sha256').update(code).digest('hex')}`,
      token_type: 'Bearer',
      expires_in: 300,
    },
  }
  change(draft)
  return { id_token: draft.finish(await sign(draft)), ...draft.response }
}

function sign({ header, claims, key }: TokenDraft): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(claims))
  const crit = header.crit === undefined ? {} : { crit: { 'x-test': true } }
  return new CompactSign(payload).setProtectedHeader(header).sign(key, crit)
}
