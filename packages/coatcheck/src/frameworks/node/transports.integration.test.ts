import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, createServer as createHttp2Server, type OutgoingHttpHeaders } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type NodeServer, sendRequest, serveNode } from '../../../test/support/node-server.ts'
import { openSessions } from '../../../test/support/open-sessions.ts'
import { createWebSessions } from '../../http/create-web-sessions.ts'
import type { WebSessionsOptions } from '../../http/web-sessions.ts'
import { createWebSecurity } from '../../web-security/create-web-security.ts'
import { peerAddressOf } from '../socket-peer.ts'
import { createNodeSessions } from './create-node-sessions.ts'

const baseUrl = 'https://mjr.example'
const keys = ['a key for tests, of 32 bytes or more']

async function setUp(options: Partial<WebSessionsOptions> = {}) {
  const { sessions } = openSessions()
  const web = createWebSessions(sessions, { baseUrl, keys, ...options })
  const outcome = await sessions.signIn({ userId: 'ada' })
  const cookie = outcome.status === 'signed-in' ? `${web.sessionCookieName}=${outcome.token}` : ''
  return { auth: createNodeSessions(web), security: createWebSecurity({ baseUrl }), cookie }
}

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown

describe('server on a unix socket', () => {
  interface UnixServer extends AsyncDisposable {
    get(headers: Readonly<Record<string, string>>): Promise<unknown>
  }

  async function serveUnix(handle: Handle): Promise<UnixServer> {
    const folder = await mkdtemp(join(tmpdir(), 'coatcheck-'))
    const socketPath = join(folder, 'app.sock')
    const server = createServer(handle)
    await new Promise<void>((resolve) => server.listen(socketPath, resolve))
    return {
      get: (headers) =>
        new Promise((resolve, reject) => {
          const outgoing = request({ socketPath, path: '/', headers, agent: false })
          outgoing.on('error', reject).on('response', async (incoming) => {
            resolve(JSON.parse((await incoming.toArray()).join('')))
          })
          outgoing.end()
        }),
      async [Symbol.asyncDispose]() {
        await new Promise((resolve) => server.close(resolve))
        await rm(folder, { recursive: true })
      },
    }
  }

  const forwarded = { 'X-Forwarded-For': '1.1.1.1, 203.0.113.7', 'X-Forwarded-Proto': 'https' }

  it.each([
    ['trusts the peer if unix is a trusted proxy', ['unix'], ['203.0.113.7', true]],
    ['trusts the peer as one hop', 1, ['203.0.113.7', true]],
    ['trusts no peer by default', [], [null, false]],
    ['does not trust it as another proxy', ['127.0.0.1', '::1'], [null, false]],
  ] as const)('%s', async (_title, trustedProxies, expected) => {
    const { auth } = await setUp({ trustedProxies })
    await using server = await serveUnix((...pair) => {
      const exchange = auth.exchange(...pair)
      pair[1].end(JSON.stringify([exchange.client.ipAddress, exchange.isHttps]))
    })
    expect(await server.get(forwarded)).toEqual(expected)
  })

  it('is not confused with a TCP socket whose client has aborted', () => {
    const tcp = { address: () => ({ address: '::', family: 'IPv6', port: 1 }) }
    expect(peerAddressOf({ remoteAddress: undefined, server: tcp })).toBeNull()
    expect(peerAddressOf({ remoteAddress: undefined, server: null })).toBeNull()
    expect(peerAddressOf({ remoteAddress: undefined })).toBeNull()
  })

  it('is recognized for the last requests after the server was closed', () => {
    let path: string | null = '/run/app.sock'
    const server = { address: () => path }
    expect(peerAddressOf({ remoteAddress: undefined, server })).toBe('unix')
    path = null
    expect(peerAddressOf({ remoteAddress: undefined, server })).toBe('unix')
  })
})

describe('HTTP/2', () => {
  async function serveHttp2(handle: Handle) {
    // The compatibility API has the part of these types that is used.
    const server = createHttp2Server(handle as never)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    return {
      async send(headers: OutgoingHttpHeaders, content?: string) {
        const stream = session.request({ ':path': '/', ...headers })
        stream.end(content)
        const [response] = await new Promise<[Record<string, unknown>]>((resolve, reject) =>
          stream.on('response', (...args) => resolve([args[0]])).on('error', reject),
        )
        const body = (await stream.toArray()).join('')
        return { status: response[':status'], cookies: response['set-cookie'], response, body }
      },
      async [Symbol.asyncDispose]() {
        session.destroy()
        await closed(server)
      },
    }
  }

  it('requests have one host: the authority, or Host, or both if they are equal', async () => {
    const { auth, security } = await setUp()
    await using server = await serveHttp2(async (...pair) => {
      if (await auth.check(...pair, security.requireValidHost)) {
        pair[1].end(auth.exchange(...pair).request.headers.get('host'))
      }
    })
    const send = async (headers: OutgoingHttpHeaders) => {
      const { status, body } = await server.send(headers)
      return status === 200 ? body : status
    }
    expect(await send({ ':authority': 'mjr.example' })).toBe('mjr.example')
    expect(await send({ ':authority': 'mjr.example', host: 'mjr.example' })).toBe('mjr.example')
    expect(await send({ ':authority': 'mjr.example', host: 'evil.example' })).toBe(400)
  })

  it('development requests for another loopback name are redirected to the base URL', async () => {
    const { auth } = await setUp({ baseUrl: 'http://localhost:3000' })
    const security = createWebSecurity({ baseUrl: 'http://localhost:3000' })
    await using server = await serveHttp2(async (...pair) => {
      if (await auth.check(...pair, security.redirectToBaseUrl)) pair[1].end('passed')
    })
    const other = await server.send({ ':authority': '127.0.0.1:3000', ':path': '/a?b=1' })
    expect(other.response.location).toBe('http://localhost:3000/a?b=1')
    expect((await server.send({ ':authority': 'localhost:3000' })).body).toBe('passed')
  })

  it('forms are read, with and without Content-Length', async () => {
    const { auth } = await setUp()
    await using server = await serveHttp2(async (...pair) => {
      const form = await auth.exchange(...pair).form()
      const again = (await pair[0].toArray()).join('')
      pair[1].end(JSON.stringify([form?.get('a'), again]))
    })
    const type = { ':method': 'POST', 'content-type': 'application/x-www-form-urlencoded' }
    for (const [length, body, field] of [
      [{ 'content-length': '3' }, 'a=1', '1'],
      [{}, 'a=1', '1'],
      [{}, '', null],
    ] as const) {
      expect((await server.send({ ...type, ...length }, body)).body).toBe(
        JSON.stringify([field, body]),
      )
    }
  })

  it('responses carry every cookie of the exchange and of the route', async () => {
    const { auth, cookie } = await setUp()
    await using server = await serveHttp2(async (...pair) => {
      const exchange = auth.exchange(...pair)
      const before = await exchange.session()
      await exchange.signIn({ userId: 'ada' })
      pair[1].setHeader('Set-Cookie', ['a=1', 'b=2'])
      pair[1].writeHead(200, { 'Content-Type': 'text/plain' })
      pair[1].end(before?.userId)
    })
    const [name = '', token = ''] = cookie.split('=')
    // Clients may send each cookie in a header of its own (RFC 9113 section 8.2.3).
    const { cookies, body, response } = await server.send({ cookie: ['x=1', `${name}=${token}`] })
    expect(body).toBe('ada')
    expect(cookies).toEqual([
      'a=1',
      'b=2',
      expect.stringMatching(/^__Host-session=/),
      expect.stringMatching(/^__Host-pre=;/),
      expect.stringMatching(/^__Host-flash=;/),
    ])
    expect(response['cache-control']).toBe('no-store')
    expect(response['content-type']).toBe('text/plain')
  })
})

function closed(server: Pick<Server, 'close'>): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve))
}

describe('router mounted below a path', () => {
  /** Changes the URL as `app.use(path, …)` of Express 5 and connect does. */
  function mount(path: string, handle: Handle): Handle {
    return (mounted: IncomingMessage & { originalUrl?: string }, response) => {
      const { url = '/' } = mounted
      mounted.originalUrl ??= url
      const rest = url.slice(path.length)
      mounted.url = rest.startsWith('/') ? rest : `/${rest}`
      return handle(mounted, response)
    }
  }

  async function sendTo(server: NodeServer, path: string, method = 'GET') {
    const { status, headers } = await sendRequest(server, path, { method })
    return [status, headers.location ?? headers['content-type']]
  }

  it('decides and redirects by the full path', async () => {
    const { auth } = await setUp()
    const page = mount('/shop', mount('/cart', auth.requireSession))
    await using pages = await serveNode(page)
    expect(await sendTo(pages, '/shop/cart/items?a=1')).toEqual([
      303,
      '/login?next=%2Fshop%2Fcart%2Fitems%3Fa%3D1',
    ])
    expect(await sendTo(pages, '/shop/cart')).toEqual([303, '/login?next=%2Fshop%2Fcart'])
    expect(await sendTo(pages, '/shop/cart?a=1')).toEqual([
      303,
      '/login?next=%2Fshop%2Fcart%3Fa%3D1',
    ])
    await using api = await serveNode(mount('/api', auth.requireSession))
    expect(await sendTo(api, '/api/items')).toEqual([401, 'application/json'])
    expect(await sendTo(api, '/api/')).toEqual([401, 'application/json'])
    // A page below a router that has an `/api/` of its own is still a page.
    await using other = await serveNode(mount('/docs', auth.requireSession))
    expect(await sendTo(other, '/docs/api/a')).toEqual([303, '/login?next=%2Fdocs%2Fapi%2Fa'])
  })

  it('redirects to https at the full path', async () => {
    const { auth, security } = await setUp()
    const guard: Handle = (...pair) => auth.check(...pair, security.requireHttps)
    await using server = await serveNode(mount('/shop', guard))
    expect((await sendTo(server, '/shop/a?b=1'))[1]).toBe('https://mjr.example/shop/a?b=1')
  })

  it('uses the URL that an application has rewritten otherwise', async () => {
    const { auth } = await setUp()
    const rewrite: Handle = (rewritten: IncomingMessage & { originalUrl?: string }, response) => {
      rewritten.originalUrl = '/old'
      rewritten.url = '/new'
      return auth.requireSession(rewritten, response)
    }
    await using server = await serveNode(rewrite)
    expect(await sendTo(server, '/old')).toEqual([303, '/login?next=%2Fnew'])
  })
})
