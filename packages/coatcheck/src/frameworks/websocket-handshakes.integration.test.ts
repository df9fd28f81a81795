import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { serve, upgradeWebSocket, type WebSocketServerLike } from '@hono/node-server'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { openSessions, signIn } from '../../test/support/open-sessions.ts'
import { SessionError } from '../domain/errors.ts'
import type { SessionEvent } from '../domain/events.ts'
import { createWebSessions } from '../http/create-web-sessions.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import { createHonoSessions } from './hono/create-hono-sessions.ts'
import { createNodeSessions } from './node/create-node-sessions.ts'

const baseUrl = 'https://mjr.example'
const keys = ['a key for tests, of 32 bytes or more']

/** Closes what a test has opened. */
const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function openWeb() {
  const events: SessionEvent[] = []
  const memory = createMemorySessionStore()
  let fails = false
  const find: typeof memory.find = async (id) => {
    if (fails) throw new SessionError('store-unavailable', 'planted by the test')
    return memory.find(id)
  }
  const { sessions, store, clock } = openSessions({ store: { ...memory, find } })
  const report = (event: SessionEvent) => void events.push(event)
  const web = createWebSessions(sessions, {
    baseUrl,
    keys,
    trustedOrigins: ['https://app.example'],
    events: [report],
    clock,
  })
  const { token, session } = await signIn(sessions)
  const cookie = `__Host-session=${token}`
  const failStore = () => {
    fails = true
  }
  cleanUps.push(() => sessions.close())
  return { sessions, web, store, clock, session, cookie, events, failStore }
}

type Opened = Awaited<ReturnType<typeof openWeb>>

/** Sends the user of each accepted socket, and closes it with its session. */
const servers = [
  ['node:http', serveNode],
  ['Hono', serveHono],
] as const

async function serveNode({ web, sessions }: Opened): Promise<number> {
  const auth = createNodeSessions(web)
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer()
  server.on('upgrade', async (request, socket, head) => {
    const session = await auth.upgrade(request, socket)
    if (session === null) return
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.send(session.userId)
      ws.on(
        'close',
        sessions.onEnd(session.id, (reason) => ws.close(4401, reason)),
      )
    })
  })
  return listen(server)
}

async function serveHono({ web, sessions }: Opened): Promise<number> {
  const auth = createHonoSessions(web)
  const app = new Hono()
  app.use(auth.exchange)
  app.get(
    '/',
    auth.requireSession,
    upgradeWebSocket((c) => {
      const { id, userId } = c.var.session
      let stop = () => {}
      return {
        onOpen(_event, ws) {
          ws.send(userId)
          stop = sessions.onEnd(id, (reason) => ws.close(4401, reason))
        },
        onClose: () => stop(),
      }
    }),
  )
  app.onError(async (error, c) => (await auth.respondToFailure(error, c)) ?? c.text('', 500))
  const websocket = { server: new WebSocketServer({ noServer: true }) as WebSocketServerLike }
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0, websocket }) as Server
  await new Promise((resolve) => server.once('listening', resolve))
  cleanUps.push(() => server.close())
  return (server.address() as AddressInfo).port
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(() => server.close())
  return (server.address() as AddressInfo).port
}

type Headers = Readonly<Record<string, string>>

/** Resolves to the first message of the socket, or to the status of the refusal. */
function open(port: number, headers: Headers): Promise<{ socket: WebSocket; result: unknown }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers })
  cleanUps.push(() => socket.terminate())
  return new Promise((resolve, reject) => {
    socket.on('message', (data) => resolve({ socket, result: String(data) }))
    socket.on('unexpected-response', (_request, { statusCode }) =>
      resolve({ socket, result: statusCode }),
    )
    socket.on('error', reject)
  })
}

describe.each(servers)('WebSocket handshake with %s', (_name, serveWith) => {
  const foreignOrigins = [
    'https://evil.mjr.example',
    'https://mjr.example.evil.example',
    'http://mjr.example',
    'https://mjr.example:8443',
    'null',
  ]

  it('is accepted from a page of the base URL with an active session', async () => {
    const opened = await openWeb()
    const port = await serveWith(opened)
    const { cookie } = opened
    const metadata = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'websocket' }
    expect((await open(port, { cookie, origin: baseUrl })).result).toBe('user-1')
    expect((await open(port, { cookie, origin: baseUrl, ...metadata })).result).toBe('user-1')
    expect(opened.events).toEqual([])
  })

  it('is accepted from a page of a trusted origin, and of no other that resembles it', async () => {
    const opened = await openWeb()
    const port = await serveWith(opened)
    const { cookie } = opened
    const metadata = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'websocket' }
    for (const [origin, result] of [
      ['https://app.example', 'user-1'],
      ['http://app.example', 403],
      ['https://sub.app.example', 403],
    ] as const) {
      expect((await open(port, { cookie, origin, ...metadata })).result).toBe(result)
    }
  })

  it('is refused from a page of another site, and reported', async () => {
    const opened = await openWeb()
    const port = await serveWith(opened)
    const { cookie, events } = opened
    for (const origin of foreignOrigins) {
      expect([origin, (await open(port, { cookie, origin })).result]).toEqual([origin, 403])
      // Without a cookie too: the page could reach a server in the user's network.
      expect([origin, (await open(port, { origin })).result]).toEqual([origin, 403])
    }
    const sibling = { cookie, origin: baseUrl, 'Sec-Fetch-Site': 'same-site' }
    expect((await open(port, sibling)).result).toBe(403)
    expect(events).toHaveLength(2 * foreignOrigins.length + 1)
    expect(events[0]).toMatchObject({
      type: 'csrf-refused',
      reason: 'foreign-origin',
      method: 'GET',
    })
  })

  it('is refused without Origin if it has a session cookie', async () => {
    const opened = await openWeb()
    const port = await serveWith(opened)
    expect((await open(port, { cookie: opened.cookie })).result).toBe(403)
    // A program without a cookie passes the origin check, and has no session.
    expect((await open(port, {})).result).toBe(401)
  })

  it('is refused without an active session, and if the store fails', async () => {
    const opened = await openWeb()
    const port = await serveWith(opened)
    const { cookie, sessions, session } = opened
    await sessions.revoke(session.userId, session.id, { reason: 'ended-by-user' })
    expect((await open(port, { cookie, origin: baseUrl })).result).toBe(401)
    opened.failStore()
    expect((await open(port, { cookie, origin: baseUrl })).result).toBe(503)
  })

  it('is not activity of the session', async () => {
    const opened = await openWeb()
    const port = await serveWith(opened)
    const { cookie, sessions, session, clock, store } = opened
    clock.advance(60_000)
    await open(port, { cookie, origin: baseUrl })
    await sessions.flushActivity()
    const stored = await store.find(session.id)
    expect(stored?.lastActivityAt).toBe(session.lastActivityAt)
  })

  it('opens a socket that is closed when its session ends', async () => {
    const opened = await openWeb()
    const port = await serveWith(opened)
    const { socket } = await open(port, { cookie: opened.cookie, origin: baseUrl })
    const closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => resolve([code, String(reason)])),
    )
    const { sessions, session } = opened
    await sessions.revokeAllForUser(session.userId, { reason: 'password-changed' })
    expect(await closed).toEqual([4401, 'password-changed'])
  })
})

describe('upgrade of node:http', () => {
  it('accepts anonymous visitors with a guard that returns the exchange', async () => {
    const { web, cookie } = await openWeb()
    const auth = createNodeSessions(web)
    const sockets = new WebSocketServer({ noServer: true })
    const server = createServer().on('upgrade', async (request, socket, head) => {
      const exchange = await auth.upgrade(request, socket, async (opened) => opened)
      if (exchange === null) return
      const name = (await exchange.session())?.userId ?? 'anonymous'
      sockets.handleUpgrade(request, socket, head, (ws) => ws.send(name))
    })
    const port = await listen(server)
    expect((await open(port, { origin: baseUrl })).result).toBe('anonymous')
    expect((await open(port, { cookie, origin: baseUrl })).result).toBe('user-1')
    expect((await open(port, { cookie, origin: 'https://a.example' })).result).toBe(403)
  })

  it('sends the refusal of the application and destroys the socket', async () => {
    const { web } = await openWeb()
    const auth = createNodeSessions(web, {
      respond: ({ code, status }, { url }) => new Response(`${code} ${url}`, { status }),
    })
    const destroyed = Promise.withResolvers<void>()
    const server = createServer().on('upgrade', (request, socket) => {
      socket.once('close', destroyed.resolve)
      void auth.upgrade(request, socket)
    })
    const client = connect(await listen(server), '127.0.0.1')
    client.write('GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    const text = (await client.toArray()).join('')
    expect(text).toMatch(/^HTTP\/1\.1 401 \r\n/)
    expect(text).toMatch(/connection: close\r\n\r\nsign_in_required \/a$/i)
    await destroyed.promise
  })

  it('resolves to null, and crashes nothing, if the client resets the connection', async () => {
    const { web, cookie } = await openWeb()
    const auth = createNodeSessions(web)
    const reached = Promise.withResolvers<void>()
    const result = Promise.withResolvers<unknown>()
    const server = createServer().on('upgrade', async (request, socket) => {
      const isDestroyed = new Promise((resolve) => socket.once('close', resolve))
      result.resolve(
        await auth.upgrade(request, socket, async (exchange) => {
          reached.resolve()
          await isDestroyed
          return exchange
        }),
      )
    })
    const client = connect(await listen(server), '127.0.0.1')
    const head = `GET / HTTP/1.1\r\nHost: a\r\nOrigin: ${baseUrl}\r\nCookie: ${cookie}`
    client.write(`${head}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    await reached.promise
    client.resetAndDestroy()
    expect(await result.promise).toBeNull()
  })

  it('rejects with the error of a guard after destroying the socket', async () => {
    const { web } = await openWeb()
    const auth = createNodeSessions(web)
    const result = Promise.withResolvers<unknown>()
    const server = createServer().on('upgrade', (request, socket) => {
      const guard = () => Promise.reject(new Error('planted by the test'))
      auth.upgrade(request, socket, guard).catch(result.resolve)
    })
    expect((await open(await listen(server), { origin: baseUrl })).result).toBe(500)
    expect(await result.promise).toMatchObject({ message: 'planted by the test' })
  })
})

it('a response that opens a WebSocket elsewhere than on Node stays as it is', async () => {
  const { web, cookie } = await openWeb()
  const auth = createHonoSessions(web)
  // Such a response cannot be created or copied here: its status is out of range.
  const switching = Object.defineProperty(new Response(null), 'status', { value: 101 })
  const app = new Hono().use(auth.exchange).get('/', auth.requireSession, () => switching)
  const headers = { cookie, origin: baseUrl, upgrade: 'websocket' }
  const response = await app.request('/', { headers })
  expect(response).toBe(switching)
  expect([...response.headers]).toEqual([])
  const foreign = await app.request('/', { headers: { ...headers, origin: 'https://a.example' } })
  expect(foreign.status).toBe(403)
})
