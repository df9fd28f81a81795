import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer, request as requestTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import {
  connectRaw,
  type NodeServer,
  sendRequest,
  serveNode,
} from '../../../test/support/node-server.ts'
import { openSessions } from '../../../test/support/open-sessions.ts'
import { SessionError } from '../../domain/errors.ts'
import { createWebSessions } from '../../http/create-web-sessions.ts'
import type { WebSessionsOptions } from '../../http/web-sessions.ts'
import { createWebSecurity } from '../../web-security/create-web-security.ts'
import { createNodeSessions } from './create-node-sessions.ts'
import type { NodeSessionsOptions } from './node-sessions.ts'

const keys = ['a key for tests, of 32 bytes or more']

interface SetUp {
  readonly web?: Partial<WebSessionsOptions>
  readonly options?: NodeSessionsOptions
}

async function setUp({ web, options }: SetUp = {}) {
  const { sessions } = openSessions()
  const webOptions = { baseUrl: 'https://mjr.example', keys, ...web }
  const guard = createNodeSessions(createWebSessions(sessions, webOptions), options)
  const security = createWebSecurity({ baseUrl: webOptions.baseUrl })
  const outcome = await sessions.signIn({ userId: 'ada' })
  const token = outcome.status === 'signed-in' ? outcome.token : ''
  return { guard, security, signedIn: { Cookie: `__Host-session=${token}` } }
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>

/** Serves a route that responds with the result of a guard. */
function serveBehind(guard: Route): Promise<NodeServer> {
  return serveNode(async (request, response) => {
    const result = await guard(request, response)
    if (!result) return expect([result, response.writableEnded]).toEqual([result, true])
    return response.end(JSON.stringify(result))
  })
}

describe('node:http guard', () => {
  it('resolves to the session, or responds and resolves to null', async () => {
    const { guard, signedIn } = await setUp()
    await using server = await serveBehind(guard.requireSession)
    expect(JSON.parse((await sendRequest(server, '/', { headers: signedIn })).body).userId).toBe(
      'ada',
    )
    const refused = await sendRequest(server, '/a?b=1')
    expect([refused.status, refused.headers.location]).toEqual([303, '/login?next=%2Fa%3Fb%3D1'])
    expect(refused.headers['content-length']).toBe('0')
    const api = await sendRequest(server, '/api/a')
    expect([api.status, api.headers['content-type']]).toEqual([401, 'application/json'])
    expect(JSON.parse(api.body)).toMatchObject({ error: { code: 'sign_in_required' } })
    const head = await sendRequest(server, '/api/a', { method: 'HEAD' })
    expect([head.status, head.body]).toEqual([401, ''])
    expect(head.headers['content-length']).toBe(api.headers['content-length'])
  })

  it('optionalSession resolves for signed-in and anonymous visitors', async () => {
    const { guard, signedIn } = await setUp()
    await using server = await serveBehind(guard.optionalSession)
    expect((await sendRequest(server, '/')).body).toBe('{"session":null}')
    const { body } = await sendRequest(server, '/', { headers: signedIn })
    expect(JSON.parse(body)).toMatchObject({ session: { userId: 'ada' } })
  })

  it('bearerOrSession resolves to the authenticated credential', async () => {
    const { guard, signedIn } = await setUp()
    const verifyBearer = async (token: string) => (token === 'good' ? 'robot' : null)
    await using server = await serveBehind((...pair) =>
      guard.bearerOrSession(...pair, { verifyBearer }),
    )
    const requestWith = (headers: Readonly<Record<string, string>>) =>
      sendRequest(server, '/api/', { headers })
    expect(JSON.parse((await requestWith(signedIn)).body)).toMatchObject({ credential: 'session' })
    expect(JSON.parse((await requestWith({ Authorization: 'Bearer good' })).body)).toEqual({
      credential: 'bearer',
      bearer: 'robot',
    })
    const refused = await requestWith({ ...signedIn, Authorization: 'Bearer bad' })
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ])
  })

  it('resolves to true, or responds and resolves to false', async () => {
    const { guard, security } = await setUp({ web: { trustedProxies: ['127.0.0.1'] } })
    const passing = { 'X-Forwarded-Proto': 'https' }
    const { requireHttps, enforceResourceIsolation, requireValidHost } = security
    const checkBy =
      (check: typeof requireHttps): Route =>
      (request, response) =>
        guard.check(request, response, check)
    const attempts = [
      [guard.csrfGuard, {}, { method: 'POST' }, 403],
      [checkBy(requireHttps), passing, {}, 307],
      [checkBy(enforceResourceIsolation), {}, { headers: { 'Sec-Fetch-Site': 'cross-site' } }, 403],
      [checkBy(requireValidHost), {}, { headers: { Host: 'a.example, b.example' } }, 400],
    ] as const
    for (const [each, headers, refused, status] of attempts) {
      await using server = await serveBehind(each)
      expect((await sendRequest(server, '/', { headers })).body).toBe('true')
      expect((await sendRequest(server, '/', refused)).status).toBe(status)
    }
  })

  it('redirects another loopback name to the configured one', async () => {
    const { guard, security } = await setUp({ web: { baseUrl: 'http://localhost:8080' } })
    await using server = await serveBehind((request, response) =>
      guard.check(request, response, security.redirectToBaseUrl),
    )
    const redirectFor = async (host: string, path: string) =>
      (await sendRequest(server, path, { headers: { Host: host } })).headers.location
    expect(await redirectFor('127.0.0.1:8080', '/a?b=1')).toBe('http://localhost:8080/a?b=1')
    expect(await redirectFor('[::1]:8080', '//evil.example')).toBe(
      'http://localhost:8080//evil.example',
    )
    expect(await redirectFor('localhost:8080', 'http://127.0.0.1/a')).toBe(
      'http://localhost:8080/a',
    )
    for (const host of ['localhost:8080', 'evil.example', 'a b', '127.0.0.1@evil.example']) {
      expect([host, await redirectFor(host, '/a')]).toEqual([host, undefined])
    }
  })

  it("renders refusals with the app's responder, which gets the request", async () => {
    const { guard } = await setUp({
      options: {
        respond: ({ status, code }, { url }) =>
          new Response(`${code} at ${url}`, {
            status,
            headers: [
              ['Set-Cookie', 'seen=1'],
              ['Set-Cookie', 'twice=1'],
            ],
          }),
      },
    })
    await using server = await serveBehind(guard.requireSession)
    const { status, headers, body } = await sendRequest(server, '/api/a')
    expect([status, body]).toEqual([401, 'sign_in_required at /api/a'])
    expect(headers['set-cookie']).toEqual(['seen=1', 'twice=1'])
  })

  it('distinguishes pages and API calls for every form of the request line', async () => {
    const { guard } = await setUp()
    await using server = await serveBehind(guard.requireSession)
    const kindOf = async (target: string) => {
      const connection = await connectRaw(server)
      await connection.send(`GET ${target} HTTP/1.1\r\nHost: mjr.example\r\n\r\n`)
      return (await connection.receive(/\r\n\r\n/)).match(/ (303|401) .*?next=(\S*)| (401) /s)
    }
    for (const target of ['/api/a', '/%61pi/a', '/x/../api/a', 'http://evil.example/api/a']) {
      expect([target, (await kindOf(target))?.[0]]).toEqual([target, ' 401 '])
    }
    for (const [target, next] of [
      ['/a?b', '%2Fa%3Fb'],
      ['//evil.example/', '%2F'],
      ['/\\evil.example/', '%2F'],
      ['http://evil.example/a', '%2Fa'],
      ['x://.evil.example', '%2F'],
    ]) {
      expect([target, (await kindOf(target ?? ''))?.[2]]).toEqual([target, next])
    }
  })
})

describe('node:http exchange', () => {
  it('is the same within a request and different for the next', async () => {
    const { guard } = await setUp()
    const seen = new Set<unknown>()
    await using server = await serveNode(async (request, response) => {
      seen.add(guard.exchange(request, response))
      await guard.optionalSession(request, response)
      seen.add(guard.exchange(request, response))
      response.end()
    })
    for (const _ of [1, 2]) await sendRequest(server, '/')
    expect(seen.size).toBe(2)
  })

  it('takes the client IP address from the socket, IPv4-mapped as IPv4', async () => {
    const { guard } = await setUp()
    const clients: unknown[] = []
    const route = async (request: IncomingMessage, response: ServerResponse) => {
      clients.push(guard.exchange(request, response).client)
      response.end()
    }
    const headers = { 'X-Forwarded-For': '1.1.1.1', 'User-Agent': 'a browser' }
    await using dual = await serveNode(route, '::')
    await sendRequest(dual, '/', { headers })
    expect(clients).toEqual([{ ipAddress: '127.0.0.1', userAgent: 'a browser' }])
  })

  it('detects https by the socket', async () => {
    const { guard } = await setUp()
    // A pre-shared key replaces a certificate, which a test cannot create.
    const psk = Buffer.alloc(32, 1)
    const tls = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
    const seen: boolean[] = []
    const server = createTlsServer({ ...tls, pskCallback: () => psk }, (request, response) => {
      seen.push(guard.exchange(request, response).isHttps)
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise<void>((resolve, reject) => {
      const pskCallback = () => ({ psk, identity: 'test' })
      const options = { ...tls, pskCallback, checkServerIdentity: () => undefined }
      requestTls({ host: '127.0.0.1', port, agent: false, ...options })
        .on('response', (incoming) => incoming.resume().on('end', resolve))
        .on('error', reject)
        .end()
    })
    server.close()
    await using plain = await serveNode(async (request, response) => {
      seen.push(guard.exchange(request, response).isHttps)
      response.end()
    })
    await sendRequest(plain, '/')
    expect(seen).toEqual([true, false])
  })
})

describe('response headers', () => {
  it('stay on the response of a guard', async () => {
    const { guard, security } = await setUp()
    await using server = await serveBehind(async (request, response) => {
      for (const header of security.apiHeaders()) response.setHeader(...header)
      return guard.requireSession(request, response)
    })
    const { status, headers } = await sendRequest(server, '/api/a')
    expect([status, headers['referrer-policy']]).toEqual([401, 'no-referrer'])
  })
})

describe('respondToFailure', () => {
  const failure = new SessionError('store-unavailable', 'planned failure')

  async function responseTo(
    route: (response: ServerResponse) => unknown,
    error: unknown = failure,
  ) {
    const { guard } = await setUp()
    await using server = await serveNode(async (request, response) => {
      await guard.exchange(request, response).csrfToken()
      await route(response)
      const hasResponded = await guard.respondToFailure(error, request, response)
      if (!hasResponded) response.end('not handled')
    })
    return await sendRequest(server, '/api/a')
  }

  it('responds to a store failure and discards the headers of the route', async () => {
    const { status, headers, body } = await responseTo((response) => {
      response.statusCode = 206
      response.setHeader('Content-Length', 5_000).setHeader('Content-Encoding', 'gzip')
      response.setHeader('Content-Type', 'image/png').setHeader('ETag', '"1"')
      response.setHeader('Set-Cookie', 'theme=dark')
    })
    expect([status, headers['retry-after']]).toEqual([503, '5'])
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'store_unavailable' } })
    expect(headers['content-type']).toBe('application/json')
    expect([headers['content-encoding'], headers.etag]).toEqual([undefined, undefined])
    expect(headers['set-cookie']).toEqual([
      'theme=dark',
      expect.stringMatching(/^__Host-pre[a-z]{12}=/),
      expect.stringMatching(/^__Host-pre=/),
    ])
  })

  it('ignores other errors and responses that have begun', async () => {
    expect((await responseTo(() => {}, new Error('a bug'))).body).toBe('not handled')
    const begun = await responseTo((response) => response.write('begun, '))
    expect([begun.status, begun.body]).toEqual([200, 'begun, not handled'])
  })
})
