import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createPlaces } from '../../application/shared/places.ts'
import type { createApp } from './app.ts'
import { handleInOrder, limitConnections } from './connections.ts'
import { createRequestId } from './reporting/request-log.ts'

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** Descriptors of sockets that listen already. If there are any, host and port are not used. */
  readonly sockets?: readonly number[]
  readonly limits?: Partial<ConnectionLimits>
}

/** What clients can make the server hold. */
export interface ConnectionLimits {
  /** Maximum number of connections. */
  readonly maxConnections: number
  /** Maximum number of requests of a connection that wait for an earlier one. */
  readonly maxWaitingRequests: number
  /** A connection on which nothing was sent or received for so long is closed, in ms. Open pages get a heartbeat every 20 s. */
  readonly inactivityTimeout: number
}

export const connectionLimits: ConnectionLimits = {
  maxConnections: 5_000,
  maxWaitingRequests: 16,
  inactivityTimeout: 60_000,
}

export type ListenResult =
  | { readonly status: 'listening'; readonly server: RunningServer }
  /** `message` is one line for the operator. */
  | { readonly status: 'failed'; readonly message: string }

/** A listening server. */
export interface RunningServer {
  /** From now on, each response ends its connection. Requests are still accepted. */
  startDraining(): void
  /**
   * Stops accepting connections and lets the requests in flight finish within `timeout` ms. `false` means that some took
   * longer and their connections were closed.
   */
  close(timeout: number): Promise<boolean>
}

/** Limits slow clients. Node responds 431 to headers of more than 16 KiB. */
const serverLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Interval for checking both timeouts. Node's default is 30 s.
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 16 * 1024,
}

/**
 * Starts a server for the app. For 127.0.0.1 it listens on ::1 too, because browsers may resolve `localhost` to either.
 */
export async function listen(
  app: Pick<ReturnType<typeof createApp>, 'fetch'>,
  { host, port, limits, sockets = [] }: ListenOptions,
): Promise<ListenResult> {
  const listener = getRequestListener(app.fetch, { errorHandler: respondBadRequest })
  const { maxConnections, maxWaitingRequests, inactivityTimeout } = {
    ...connectionLimits,
    ...limits,
  }
  const places = createPlaces<Socket>({ max: maxConnections })
  const servers: Server[] = []
  const drains: (() => void)[] = []
  for (const address of addressesOf({ host, port, sockets })) {
    const server = createServer(serverLimits).setTimeout(inactivityTimeout)
    limitConnections(server, places)
    drains.push(handleInOrder(server, listener, maxWaitingRequests))
    const error = await bind(server, address)
    if (error === null) servers.push(server)
    else if (!address.isOptional || !hasNoIpv6(error)) {
      await closeAll(servers, 0)
      return { status: 'failed', message: startErrorMessage(error, address) }
    }
  }
  const startDraining = () => {
    for (const drain of drains) drain()
  }
  const close = (timeout: number) => closeAll(servers, timeout)
  return { status: 'listening', server: { startDraining, close } }
}

/** Where a server listens: at an address, or on a socket that listens already. */
type Address = {
  /** Whether the server starts although the address does not exist. */
  readonly isOptional: boolean
} & ({ readonly host: string; readonly port: number } | { readonly fd: number })

function addressesOf({ host, port, sockets = [] }: ListenOptions): readonly Address[] {
  if (sockets.length > 0) return sockets.map((fd) => ({ fd, isOptional: false }))
  const own = { host, port, isOptional: false }
  return host === '127.0.0.1' ? [own, { host: '::1', port, isOptional: true }] : [own]
}

/** Binds the server. Returns the error if that fails. */
async function bind(server: Server, address: Address): Promise<Error | null> {
  const { promise, resolve } = Promise.withResolvers<Error | null>()
  server.once('error', resolve)
  server.listen(address, () => {
    server.removeAllListeners('error')
    resolve(null)
  })
  return promise
}

function hasNoIpv6(error: Error): boolean {
  return 'code' in error && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')
}

/** For requests that never reach the app, because their headers form no valid URL. */
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

function startErrorMessage(error: Error, address: Address): string {
  const code = 'code' in error ? String(error.code) : 'unknown'
  if ('fd' in address) {
    return `Cannot listen on the socket that the supervisor passed (${code}). Check its unit, or start without LISTEN_FDS.`
  }
  const { host, port } = address
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
  // A keep-alive connection becomes idle only after its response was sent, so idle connections are closed repeatedly.
  const idleTimer = setInterval(() => server.closeIdleConnections(), 50)
  const deadline = setTimeout(resolve, timeout, false)
  const finished = await promise
  clearInterval(idleTimer)
  clearTimeout(deadline)
  if (!finished) server.closeAllConnections()
  return finished
}
