import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** A `node:http` server on a loopback port. */
export interface NodeServer extends AsyncDisposable {
  readonly port: number
  /** The server's socket of the newest connection. */
  newestSocket(): Socket | undefined
}

/** Serves with a handler. The handler must not reject: nothing handles the rejection. */
export async function serveNode(handler: Handler, host = '127.0.0.1'): Promise<NodeServer> {
  const server = createServer(handler)
  let newest: Socket | undefined
  server.on('connection', (socket) => {
    newest = socket
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    newestSocket: () => newest,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface ReceivedResponse {
  readonly status: number
  readonly message: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends a request and reads the complete response. */
export function sendRequest(server: NodeServer, path: string, options: RequestOptions = {}) {
  return new Promise<ReceivedResponse>((resolve, reject) => {
    const { port } = server
    const outgoing = request({ host: '127.0.0.1', port, path, agent: false, ...options })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          message: incoming.statusMessage ?? '',
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    outgoing.end()
  })
}

/** A raw TCP connection. */
export interface RawConnection {
  /** Sends text, and resolves once the server has received it. */
  send(text: string): Promise<void>
  /** Waits until the received text matches, and returns all of it. */
  receive(pattern: RegExp): Promise<string>
  destroy(): void
}

export async function connectRaw(server: NodeServer): Promise<RawConnection> {
  const before = server.newestSocket()
  const socket = connect(server.port, '127.0.0.1').setNoDelay()
  let received = ''
  let sent = 0
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
  })
  await waitFor(() => server.newestSocket() !== before)
  const peer = server.newestSocket()
  return {
    async send(text) {
      sent += Buffer.byteLength(text)
      socket.write(text)
      await waitFor(() => (peer?.bytesRead ?? 0) >= sent)
    },
    async receive(pattern) {
      await waitFor(() => pattern.test(received))
      return received
    },
    destroy: () => socket.destroy(),
  }
}

/** Checks a condition on every turn of the event loop. The test's timeout limits the wait. */
export async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
