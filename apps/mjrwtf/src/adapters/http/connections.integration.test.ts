import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { createPlaces } from '../../application/shared/places.ts'
import { type HandleRequest, handleInOrder, limitConnections } from './connections.ts'

interface TestServer extends AsyncDisposable {
  readonly port: number
  readonly server: Server
}

async function start(server: Server): Promise<TestServer> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function startInOrder(handle: HandleRequest): Promise<TestServer> {
  const server = createServer()
  handleInOrder(server, handle, 16)
  return start(server)
}

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const lastRequest = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  // The server may reset it.
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** `once` would reject if the server resets the connection. */
function closeOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve))
}

/** Everything that the server sends until it closes the connection. */
async function exchange(port: number, sent: string): Promise<string> {
  const socket = await open(port)
  socket.write(sent)
  return text(socket)
}

it('handles the requests of a connection one after the other', async () => {
  const [running, counts] = [new Set<ServerResponse>(), new Set<number>()]
  await using opened = await startInOrder((incoming, outgoing) => {
    running.add(outgoing)
    counts.add(running.size)
    setImmediate(() => {
      running.delete(outgoing)
      outgoing.end(`[${incoming.url}]`)
    })
  })
  const paths = Array.from({ length: 16 }, (_, n) => `/${n}`)
  const received = await exchange(opened.port, paths.map(request).join('') + lastRequest)
  expect(received.match(/\[.*?\]/g)).toEqual([...paths, '/last'].map((path) => `[${path}]`))
  expect([...counts]).toEqual([1])
})

it('starts no request while the client reads nothing, and continues when it does', async () => {
  const body = 'x'.repeat(16 * 1_048_576)
  const sockets: Socket[] = []
  const buffered: number[] = []
  await using opened = await startInOrder(({ socket }, outgoing) => {
    sockets.push(socket)
    buffered.push(socket.writableLength)
    outgoing.end(body)
  })
  const socket = (await open(opened.port)).pause()
  socket.write(request('/').repeat(3) + lastRequest)
  await expect.poll(() => sockets.at(-1)?.writableLength).toBeGreaterThan(0)
  // The buffers of the system take up a part of the first response.
  expect(sockets).toHaveLength(1)
  expect((await text(socket)).length).toBeGreaterThan(4 * body.length)
  expect(buffered).toEqual([0, 0, 0, 0])
})

it('closes a connection with too many requests ahead, having parsed few and handled one', async () => {
  let handled = 0
  await using opened = await startInOrder(() => {
    handled += 1
  })
  let parsed = 0
  opened.server.on('request', () => {
    parsed += 1
  })
  const socket = (await open(opened.port)).resume()
  const closed = closeOf(socket)
  socket.write(request('/').repeat(50_000))
  await closed
  expect(socket.bytesRead).toBe(0)
  expect(handled).toBe(1)
  // The rest of the part in which the limit was reached.
  expect(parsed).toBeLessThan(100)
})

it('reads a body of many parts, and the request after it', async () => {
  await using opened = await startInOrder(
    (incoming, outgoing) => void echoLength(incoming, outgoing),
  )
  const body = 'x'.repeat(500_000)
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`
  const received = await exchange(opened.port, head + body + head + body + lastRequest)
  expect(received.match(/\[.*?\]/g)).toEqual(['[500000]', '[500000]', '[0]'])
})

/** Starts to read late, so that the connection pauses in between. */
async function echoLength(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  outgoing.end(`[${(await text(incoming)).length}]`)
}

it('closes the oldest connection of a client for a new one at the limit', async () => {
  const server = createServer((_, outgoing) => void outgoing.end('answered'))
  const places = createPlaces<Socket>({ max: 2 })
  limitConnections(server, places)
  await using opened = await start(server)
  const first = await open(opened.port)
  const second = await open(opened.port)
  const closed = closeOf(first.resume())
  const third = await open(opened.port)
  await closed
  expect(places.count()).toBe(2)
  for (const socket of [second, third]) {
    socket.write(lastRequest)
    expect(await text(socket)).toContain('answered')
  }
  await expect.poll(places.count).toBe(0)
})

const post = (length: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`

it('handles a request when its body has arrived, or as much as is buffered', async () => {
  const handled: number[] = []
  await using opened = await startInOrder((incoming, outgoing) => {
    handled.push(incoming.readableLength)
    void text(incoming).then((body) => outgoing.end(`length ${body.length}`))
  })
  for (const length of [1_000, 300_000]) {
    const socket = await open(opened.port)
    socket.write(post(length))
    socket.write('x'.repeat(999))
    // Answered by the same event loop, so the server has read what was sent before.
    expect(await exchange(opened.port, lastRequest)).toContain('200 OK')
    expect(handled).toEqual([0])
    socket.end('x'.repeat(length - 999))
    expect(await text(socket)).toContain(`length ${length}`)
    expect(handled.splice(0)[1]).toBeGreaterThanOrEqual(Math.min(length, 16_384))
  }
})

it('closes the connection of a body in tiny parts without handling it', async () => {
  let handledCount = 0
  await using opened = await startInOrder((_, outgoing) => {
    handledCount += 1
    outgoing.end()
  })
  const socket = await open(opened.port)
  const closed = closeOf(socket)
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  socket.write('1\r\nx\r\n'.repeat(1_000))
  await closed
  expect(handledCount).toBe(0)
})
