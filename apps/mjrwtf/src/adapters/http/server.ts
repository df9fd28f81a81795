import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { createApp } from './app.ts'
import { createRequestId } from './reporting/request-log.ts'

export interface ListenOptions {
  readonly host: string
  readonly port: number
}

export type ListenResult =
  | { readonly status: 'listening'; readonly server: RunningServer }
  /** `message` is one line for the operator. */
  | { readonly status: 'failed'; readonly message: string }

/** A server that answers. */
export interface RunningServer {
  /**
   * Stops accepting and lets the requests under way finish within `patience` ms. `false`: some took longer
   * and were cut off.
   */
  close(timeout: number): Promise<boolean>
}

/** Slow senders are cut off, and a head of more than 16 KiB is a 431 by Node itself. */
const serverLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // How often the two are looked at; by default only every 30 s.
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16 * 1024,
}

/**
 * Starts to serve the app. The loopback address means this machine, so its IPv6 form answers too: what
 * `localhost` stands for is the browser's choice.
 */
export async function listen(
  app: Pick<ReturnType<typeof createApp>, 'fetch'>,
  { host, port }: ListenOptions,
): Promise<ListenResult> {
  const listener = getRequestListener(app.fetch, { errorHandler: respondBadRequest })
  const servers: Server[] = []
  for (const address of host === '127.0.0.1' ? [host, '::1'] : [host]) {
    const server = createServer(
      serverLimits,
      (incoming, outgoing) => void listener(incoming, outgoing),
    )
    const error = await bind(server, address, port)
    if (error === null) servers.push(server)
    else if (address === host || !hasNoIpv6(error)) {
      await closeAll(servers, 0)
      return { status: 'failed', message: startErrorMessage(error, address, port) }
    }
  }
  return { status: 'listening', server: { close: (timeout) => closeAll(servers, timeout) } }
}

/** Binds the server to an address, or says why that is not possible. */
async function bind(server: Server, host: string, port: number): Promise<Error | null> {
  const { promise, resolve } = Promise.withResolvers<Error | null>()
  server.once('error', resolve)
  server.listen(port, host, () => {
    server.removeAllListeners('error')
    resolve(null)
  })
  return promise
}

function hasNoIpv6(error: Error): boolean {
  return 'code' in error && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')
}

/** Only for requests that never reach the app: no address can be made of their head. */
function respondBadRequest(): Response {
  const requestId = createRequestId()
  const message = 'The request is malformed.'
  const error = { code: 'invalid_request', message, request_id: requestId }
  return Response.json(
    { error },
    {
      status: 400,
      headers: {
        'Cache-Control': 'no-store',
        'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
        'X-Content-Type-Options': 'nosniff',
        'X-Request-Id': requestId,
      },
    },
  )
}

function startErrorMessage(error: Error, host: string, port: number): string {
  const code = 'code' in error ? String(error.code) : 'unknown'
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is in use. Stop what uses it, or set PORT.`
  }
  if (code === 'EACCES') return `Port ${port} on ${host} is not allowed to us. Set PORT.`
  return `Cannot listen on port ${port} of ${host} (${code}). Check HOST and PORT.`
}

async function closeAll(servers: readonly Server[], timeout: number): Promise<boolean> {
  const finished = await Promise.all(servers.map((server) => close(server, timeout)))
  return finished.every(Boolean)
}

async function close(server: Server, timeout: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  server.close(() => resolve(true))
  // A connection kept alive becomes idle only when its answer has gone out, so it is looked at again.
  const idleTimer = setInterval(() => server.closeIdleConnections(), 50)
  const deadline = setTimeout(resolve, timeout, false)
  const finished = await promise
  clearInterval(idleTimer)
  clearTimeout(deadline)
  if (!finished) server.closeAllConnections()
  return finished
}
