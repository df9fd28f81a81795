import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import {
  connectRaw,
  type ReceivedResponse,
  sendRequest,
  serveNode,
} from '../../../test/support/node-server.ts'
import { openSessions } from '../../../test/support/open-sessions.ts'
import { createWebSessions } from '../../http/create-web-sessions.ts'
import { createNodeSessions } from './create-node-sessions.ts'

const web = createWebSessions(openSessions().sessions, {
  baseUrl: 'https://mjr.example',
  keys: ['a key for tests, of 32 bytes or more'],
})
const guard = createNodeSessions(web)

type Route = (response: ServerResponse, request: IncomingMessage) => unknown

/** Runs a route in a request whose exchange sets a cookie; returns the response. */
async function responseOf(route: Route, method = 'GET'): Promise<ReceivedResponse> {
  await using server = await serveNode(async (request, response) => {
    guard
      .exchange(request, response)
      .setSignedCookie({ name: 'theme', value: 'dark', maxAge: 60_000 })
    await route(response, request)
  })
  return await sendRequest(server, '/', { method })
}

const theme = expect.stringMatching(/^__Host-theme=[\w-]+\.[\w-]{43}; Path=\/; Secure; HttpOnly/)

/** Ways to send a response. */
const exits: Readonly<Record<string, Route>> = {
  'end without a body': (response) => response.end(),
  'end with a body': (response) => response.end('body'),
  'write, then end': (response) => response.write('body') && response.end(),
  'flushHeaders first': (response) => {
    response.flushHeaders()
    response.end('body')
  },
  'writeHead with a status': (response) => response.writeHead(200).end(),
  'writeHead with a message': (response) => response.writeHead(200, 'Fine').end(),
  'writeHead with headers': (response) => response.writeHead(200, { 'X-A': '1' }).end(),
  'a pipe': (response) => Readable.from(['bo', 'dy']).pipe(response),
  'a pipeline': (response) => pipeline(Readable.from(['bo', 'dy']), response),
  'end in a later tick': (response) => setImmediate(() => response.end()),
}

/** Ways for a route to set its own cookies and Cache-Control. */
const setters: Readonly<Record<string, Route>> = {
  'setHeader, cookies as a list': (response) => {
    response.setHeader('Set-Cookie', ['a=1', 'b=2'])
    response.setHeader('Cache-Control', 'public')
    response.end()
  },
  'setHeader and appendHeader': (response) => {
    response.setHeader('set-cookie', 'a=1').appendHeader('SET-COOKIE', 'b=2')
    response.appendHeader('cache-control', 'public').end()
  },
  setHeaders: (response) => {
    response.setHeaders(new Map([['Set-Cookie', ['a=1', 'b=2']]]))
    response.setHeaders(new Headers({ 'Cache-Control': 'public' })).end()
  },
  'writeHead by name': (response) => {
    response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'], 'CACHE-CONTROL': 'public' }).end()
  },
  'writeHead by name, after a message': (response) => {
    response.writeHead(200, 'Fine', { 'Set-Cookie': ['a=1', 'b=2'], 'Cache-Control': 'public' })
    response.end()
  },
  'writeHead with a flat list': (response) => {
    const headers = ['Set-Cookie', 'a=1', 'Cache-Control', 'public', 'Set-Cookie', 'b=2']
    response.writeHead(200, headers).end()
  },
  'writeHead with a flat list and a list of cookies': (response) => {
    const headers = ['Set-Cookie', ['a=1', 'b=2'], 'cache-control', 'public']
    response.writeHead(200, 'Fine', headers).end()
  },
  'writeHead with pairs': (response) => {
    const pairs = [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['Cache-Control', 'public'],
    ]
    response.writeHead(200, pairs).end()
  },
  'writeHead over headers already set': (response) => {
    response.setHeader('Set-Cookie', 'replaced=1').setHeader('Cache-Control', 'private')
    response.writeHead(200, ['Set-Cookie', ['a=1', 'b=2'], 'Cache-Control', 'public']).end()
  },
  'writeHead beside headers already set': (response) => {
    response.setHeader('Set-Cookie', ['a=1', 'b=2']).setHeader('Cache-Control', 'private')
    response.writeHead(200, { 'X-A': '1', 'Cache-Control': 'public' }).end()
  },
}

describe('exchange headers', () => {
  it.each(Object.entries(exits))('are sent with %s', async (_, route) => {
    for (const method of ['GET', 'HEAD']) {
      const { headers } = await responseOf(route, method)
      expect(headers['set-cookie']).toEqual([theme])
      expect(headers['cache-control']).toBe('no-store')
    }
  })

  it.each(Object.entries(setters))('are merged with those of %s', async (_, route) => {
    const { headers } = await responseOf(route)
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2', theme])
    expect(headers['cache-control']).toBe('no-store')
  })

  it("do not change the route's other headers", async () => {
    const { status, message, headers, body } = await responseOf((response) => {
      response.setHeader('X-Set', 'set').setHeader('X-Both', 'set')
      response.writeHead(201, 'Brewed', { 'X-Both': 'given', 'X-Number': 7, 'Content-Length': 4 })
      response.end('body')
    })
    expect([status, message, body]).toEqual([201, 'Brewed', 'body'])
    expect(headers).toMatchObject({
      'x-set': 'set',
      'x-both': 'given',
      'x-number': '7',
      'content-length': '4',
    })
  })

  it('are sent once with the response of an error handler, even after a failed writeHead', async () => {
    const { status, headers } = await responseOf((response) => {
      expect(() => response.writeHead(200, { 'X-Bad': 'a\nb' })).toThrow(/X-Bad/)
      expect(() => response.writeHead(200, 'Bad\n')).toThrow()
      expect(() => response.writeHead(20_000)).toThrow(RangeError)
      for (const name of response.getHeaderNames()) response.removeHeader(name)
      response.writeHead(500, 'Broken', { 'Set-Cookie': 'a=1' }).end()
      expect(() => response.writeHead(200)).toThrow(/after they are sent/)
    })
    expect([status, headers['set-cookie']]).toEqual([500, ['a=1', theme]])
    expect(headers['cache-control']).toBe('no-store')
  })

  it('are sent with the final response, not with informational ones', async () => {
    await using server = await serveNode(async (request, response) => {
      guard
        .exchange(request, response)
        .setSignedCookie({ name: 'theme', value: 'dark', maxAge: 60_000 })
      response.writeProcessing()
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
      response.end()
    })
    const connection = await connectRaw(server)
    await connection.send('GET / HTTP/1.1\r\nHost: mjr.example\r\n\r\n')
    const received = await connection.receive(/HTTP\/1\.1 200[\s\S]*\r\n\r\n/)
    const [processing, hints, final] = received.split('\r\n\r\n')
    expect([processing, hints].join()).not.toMatch(/__Host-theme|no-store/)
    expect(final).toMatch(/^HTTP\/1\.1 200 OK\r\nSet-Cookie: __Host-theme=/)
  })

  it('are read when the response is sent, not before', async () => {
    const { headers } = await responseOf(async (response, request) => {
      response.setHeader('X-A', '1')
      await guard.exchange(request, response).flash({ kind: 'late', message: 'but in time' })
      response.end()
    })
    expect(headers['set-cookie']).toEqual([theme, expect.stringMatching(/^__Host-flash=/)])
  })

  it('are merged with those of another adapter on the same response', async () => {
    const other = createNodeSessions(
      createWebSessions(openSessions().sessions, {
        baseUrl: 'http://localhost',
        keys: ['a key for tests, of 32 bytes or more'],
      }),
    )
    const { headers } = await responseOf(async (response, request) => {
      other
        .exchange(request, response)
        .setSignedCookie({ name: 'theme', value: 'dark', maxAge: 60_000 })
      response.writeHead(200, { 'Set-Cookie': 'a=1' }).end()
    })
    expect(headers['set-cookie']).toEqual(['a=1', expect.stringMatching(/^theme-dev=/), theme])
  })

  it('reject changes after the response was sent', async () => {
    const codes: unknown[] = []
    const record = async (operation: Promise<unknown>) =>
      codes.push(await operation.catch((error) => error.code))
    await using server = await serveNode(async (request, response) => {
      if (request.url === '/opened') guard.exchange(request, response)
      response.end()
      await record(guard.exchange(request, response).csrfToken())
      await record(guard.exchange(request, response).signIn({ userId: 'ada' }))
    })
    for (const path of ['/opened', '/not-opened']) await sendRequest(server, path)
    expect(codes).toEqual(Array(4).fill('invalid-argument'))
  })

  it('do not delay requests of disconnected clients', async () => {
    let outcome: unknown = null
    await using server = await serveNode(async (request, response) => {
      await Promise.all([once(response, 'close'), guard.exchange(request, response).csrfToken()])
      const session = await guard.requireSession(request, response)
      response.end('unread')
      outcome = [session, response.writableEnded]
    })
    const connection = await connectRaw(server)
    await connection.send('GET / HTTP/1.1\r\nHost: mjr.example\r\n\r\n')
    connection.destroy()
    await expect.poll(() => outcome).toEqual([null, true])
  })
})
