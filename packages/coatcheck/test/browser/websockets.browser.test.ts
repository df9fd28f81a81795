import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSessions } from 'coatcheck'
import { createWebSessions } from 'coatcheck/http'
import { createMemorySessionStore } from 'coatcheck/memory'
import { createNodeSessions } from 'coatcheck/node'
import type { Browser, Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { connectToBrowser } from '../../../../tools/testing/browser/browser-server.ts'
import { startOtherSite } from '../../../../tools/testing/browser/other-site.ts'

let browser: Browser
beforeAll(async () => {
  browser = await connectToBrowser()
})
afterAll(() => browser.close())

/** An app whose page `/` signs its visitor in, with a socket that sends the user. */
async function startSocketApp() {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://localhost:${port}`
  const sessions = createSessions({ store: createMemorySessionStore(), data: { initial: {} } })
  const keys = ['a key of the browser tests, of 32 bytes or more']
  const auth = createNodeSessions(createWebSessions(sessions, { baseUrl: origin, keys }))
  const sockets = new WebSocketServer({ noServer: true })
  server.on('request', async (request, response) => {
    await auth.exchange(request, response).signIn({ userId: 'ada' })
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>App</title>')
  })
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
  return {
    origin,
    sessions,
    socketUrl: `ws://localhost:${port}/`,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await sessions.close()
    },
  }
}

type SocketApp = Awaited<ReturnType<typeof startSocketApp>>

async function openSignedIn(app: SocketApp): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(app.origin)
  return page
}

/** Opens a socket in the page. Returns its first message, or `refused`. */
function openSocket(page: Page | Frame, url: string): Promise<string> {
  return page.evaluate(
    (socketUrl) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(socketUrl)
        socket.onmessage = ({ data }) => resolve(String(data))
        socket.onerror = () => resolve('refused')
        socket.onclose = ({ code, reason }) => {
          Reflect.set(Reflect.get(globalThis, 'document'), 'title', `closed ${code} ${reason}`)
        }
      }),
    url,
  )
}

describe('WebSockets in a browser', () => {
  it('are opened for a page of the app, and closed when its session ends', async () => {
    await using app = await startSocketApp()
    const page = await openSignedIn(app)
    expect(await openSocket(page, app.socketUrl)).toBe('ada')
    await app.sessions.revokeAllForUser('ada', { reason: 'ended-by-operator' })
    await expect.poll(() => page.title()).toBe('closed 4401 ended-by-operator')
    expect(await openSocket(page, app.socketUrl)).toBe('refused')
    await page.context().close()
  })

  it.each(['localhost', 'evil.test'])('are refused for a page at %s', async (host) => {
    await using app = await startSocketApp()
    await using attacker = await startOtherSite()
    const page = await openSignedIn(app)
    // The browser sends the session cookie to every port of the host.
    await page.goto(attacker.urlOf(host, '/'))
    expect(await openSocket(page, app.socketUrl)).toBe('refused')
    await page.context().close()
  })

  it('are refused for a sandboxed page, whose origin is null', async () => {
    await using app = await startSocketApp()
    const page = await openSignedIn(app)
    await page.setContent('<iframe sandbox="allow-scripts" srcdoc="<title>Frame</title>"></iframe>')
    const frame = page.frames().find((each) => each !== page.mainFrame())
    if (frame === undefined) throw new Error('no frame')
    expect(await openSocket(frame, app.socketUrl)).toBe('refused')
    await page.context().close()
  })
})
