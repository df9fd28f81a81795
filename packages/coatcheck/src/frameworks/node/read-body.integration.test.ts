import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import {
  connectRaw,
  type RawConnection,
  serveNode,
  waitFor,
} from '../../../test/support/node-server.ts'
import { openSessions } from '../../../test/support/open-sessions.ts'
import { createWebSessions } from '../../http/create-web-sessions.ts'
import { createNodeSessions } from './create-node-sessions.ts'

const web = createWebSessions(openSessions().sessions, {
  baseUrl: 'https://mjr.example',
  keys: ['a key for tests, of 32 bytes or more'],
})
const guard = createNodeSessions(web)

/** Ways for a route to read a body. */
const readers: Readonly<Record<string, (request: IncomingMessage) => Promise<string>>> = {
  async 'for await'(request) {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  },
  async "on('data')"(request) {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    await once(request, 'end')
    return Buffer.concat(chunks).toString()
  },
  async "on('readable')"(request) {
    let read = ''
    request.on('readable', () => {
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) read += chunk
    })
    await once(request, 'end')
    return read
  },
  async setEncoding(request) {
    let read = ''
    request.setEncoding('utf8').on('data', (part: string) => {
      read += part
    })
    await once(request, 'end')
    return read
  },
  pipe: (request) => text(request.pipe(new PassThrough())),
  async pipeline(request) {
    const through = new PassThrough()
    const [read] = await Promise.all([text(through), pipeline(request, through)])
    return read
  },
  'a consumer': (request) => text(request),
}

interface Delivery {
  readonly headers: string
  /** The packets of the request; the headers precede the first. */
  readonly packets: readonly string[]
  readonly body: string
}

const large = 'x'.repeat(60_000)

/** Ways for a body to arrive. */
const deliveries: Readonly<Record<string, Delivery>> = {
  'with the headers': { headers: 'Content-Length: 3', packets: ['a=1'], body: 'a=1' },
  'after the headers': { headers: 'Content-Length: 3', packets: ['', 'a=1'], body: 'a=1' },
  'in several packets': {
    headers: 'Content-Length: 60004',
    packets: ['a', '=', `1${large.slice(0, 20_000)}`, large.slice(20_000), '!'],
    body: `a=1${large}!`,
  },
  'in chunks': {
    headers: 'Transfer-Encoding: chunked',
    packets: ['3\r\na=1\r\n0\r\n\r\n'],
    body: 'a=1',
  },
  'in chunks, and their end later': {
    headers: 'Transfer-Encoding: chunked',
    packets: ['3\r\na=1\r\n', '2\r\n&b\r', '\n', '0\r\n\r', '\n'],
    body: 'a=1&b',
  },
  'with a trailer': {
    headers: 'Transfer-Encoding: chunked\r\nTrailer: X-Sum',
    packets: ['3\r\na=1\r\n0\r\nX-Sum: 1\r\n', '\r\n'],
    body: 'a=1',
  },
  'empty, with a length': { headers: 'Content-Length: 0', packets: [''], body: '' },
  'empty, in chunks': {
    headers: 'Transfer-Encoding: chunked',
    packets: ['0\r\n\r\n'],
    body: '',
  },
  'empty, in chunks, and their end later': {
    headers: 'Transfer-Encoding: chunked',
    packets: ['', '0\r\n', '\r\n'],
    body: '',
  },
}

const urlencoded = 'application/x-www-form-urlencoded'

function start(connection: RawConnection, headers: string, rest = ''): Promise<void> {
  const lines = ['POST / HTTP/1.1', 'Host: mjr.example', `Content-Type: ${urlencoded}`, headers]
  return connection.send(`${lines.join('\r\n')}\r\n\r\n${rest}`)
}

async function deliver(connection: RawConnection, { headers, packets }: Delivery): Promise<void> {
  const [first = '', ...others] = packets
  await start(connection, headers, first)
  for (const packet of others) await connection.send(packet)
}

/** Returns what `form` and then the route read, after the connection served another request. */
async function readThrough(
  delivery: Delivery,
  read: (request: IncomingMessage, response: ServerResponse) => Promise<string>,
): Promise<unknown> {
  const seen: unknown[] = []
  await using server = await serveNode(async (request, response) => {
    if (request.url === '/next') return response.end('next')
    const form = await guard.exchange(request, response).form()
    seen.push(form && new URLSearchParams([...form].map(([k, v]) => [k, String(v)])).toString())
    seen.push(await read(request, response))
    return response.end('done')
  })
  const connection = await connectRaw(server)
  await deliver(connection, delivery)
  await connection.receive(/done/)
  await connection.send('GET /next HTTP/1.1\r\nHost: mjr.example\r\n\r\n')
  await connection.receive(/next/)
  return seen
}

describe.each(Object.entries(deliveries))('form that arrives %s', (_, delivery) => {
  const form = new URLSearchParams(delivery.body).toString()

  it.each(Object.entries(readers))('can still be read by %s', async (_, read) => {
    expect(await readThrough(delivery, read)).toEqual([form, delivery.body])
  })

  it('can still be read by a reader that starts in a later tick', async () => {
    const seen = await readThrough(delivery, async (request) => {
      await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
      return text(request)
    })
    expect(seen).toEqual([form, delivery.body])
  })

  it('is read by a guard that runs late', async () => {
    let arrived = false
    const seen: unknown[] = []
    await using server = await serveNode(async (request, response) => {
      await waitFor(() => arrived)
      const read = await guard.exchange(request, response).form()
      seen.push(read?.get('a') ?? null, await text(request))
      response.end('done')
    })
    const connection = await connectRaw(server)
    await deliver(connection, delivery)
    arrived = true
    await connection.receive(/done/)
    expect(seen).toEqual([new URLSearchParams(delivery.body).get('a'), delivery.body])
  })

  it('is drained if the route does not read it', async () => {
    let ended = false
    const seen = await readThrough(delivery, async (request) => {
      request.on('close', () => {
        ended = true
      })
      return ''
    })
    expect(seen).toEqual([form, ''])
    await waitFor(() => ended)
  })
})

describe('oversized form', () => {
  const body = 'x'.repeat(150_000)
  const asLength = { headers: 'Content-Length: 150000', packets: ['', body], body }
  const asChunks = {
    headers: 'Transfer-Encoding: chunked',
    packets: [`249f0\r\n${body.slice(0, 30_000)}`, body.slice(30_000), '\r\n0\r\n\r\n'],
    body,
  }

  it.each([asLength, asChunks])('can still be read by the route', async (delivery) => {
    for (const read of Object.values(readers)) {
      expect(await readThrough(delivery, read)).toEqual([null, body])
    }
  })
})

describe('partially read body', () => {
  const touches: Readonly<Record<string, (request: IncomingMessage) => unknown>> = {
    "on('data')": (request) => request.on('data', () => {}),
    "on('readable')": (request) => request.on('readable', () => {}),
    resume: (request) => request.resume(),
    setEncoding: (request) => request.setEncoding('utf8'),
    'all of it': (request) => text(request),
  }

  it.each(Object.entries(touches))('is rejected after %s', async (_, touch) => {
    let outcome: unknown = null
    await using server = await serveNode(async (request, response) => {
      await touch(request)
      const reading = guard.exchange(request, response).form()
      outcome = await reading.catch((error) => error.code)
      response.end('done')
    })
    const connection = await connectRaw(server)
    await start(connection, 'Content-Length: 3', 'a=1')
    await connection.receive(/done/)
    expect(outcome).toBe('invalid-argument')
  })

  it('is read if the stream was only paused', async () => {
    const seen: unknown[] = []
    await using server = await serveNode(async (request, response) => {
      request.pause()
      seen.push((await guard.exchange(request, response).form())?.get('a'), await text(request))
      response.end('done')
    })
    const connection = await connectRaw(server)
    await start(connection, 'Content-Length: 3', 'a=1')
    await connection.receive(/done/)
    expect(seen).toEqual(['1', 'a=1'])
  })
})

describe('aborted form', () => {
  it.each(['', 'a=', large])('is malformed, and the guard has responded', async (part) => {
    const seen: unknown[] = []
    await using server = await serveNode(async (request, response) => {
      const reading = await guard.exchange(request, response).readForm()
      seen.push(reading, await guard.csrfGuard(request, response))
    })
    const connection = await connectRaw(server)
    await start(connection, 'Content-Length: 60001\r\nOrigin: https://mjr.example', part)
    connection.destroy()
    await waitFor(() => seen.length === 2)
    expect(seen).toEqual([{ status: 'refused', reason: 'malformed_form' }, false])
  })

  it('is detected by a guard that runs late', async () => {
    let reading: unknown = null
    await using server = await serveNode(async (request, response) => {
      await waitFor(() => request.destroyed)
      reading = await guard.exchange(request, response).readForm()
    })
    const connection = await connectRaw(server)
    await start(connection, 'Content-Length: 100', 'a=')
    connection.destroy()
    await waitFor(() => reading !== null)
    expect(reading).toEqual({ status: 'refused', reason: 'malformed_form' })
  })
})
