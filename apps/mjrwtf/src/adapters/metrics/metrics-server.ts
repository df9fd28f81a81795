import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Log } from '../../application/ports/log.ts'
import type { Milliseconds } from '../../domain/time.ts'

export interface MetricsAddress {
  /** An IP address or a host name, without brackets. */
  readonly host: string
  readonly port: number
}

export interface MetricsServerOptions {
  readonly address: MetricsAddress
  readonly read: () => Promise<{ readonly contentType: string; readonly text: string }>
  readonly log: Log
  /** Time between two attempts while another process uses the port. Default 5 s. */
  readonly retryInterval?: Milliseconds
}

export interface MetricsServer {
  /** The port, or `null` until it listens. */
  port(): number | null
  close(): Promise<void>
}

/** A scrape is one short request; a client that is slower occupies a connection for no longer. */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8 * 1024,
}
const maxConnections = 50

/**
 * Serves GET /metrics, and nothing else, on an address of its own: metrics say how many users there are and when they
 * are active, which is not for the public. A server that cannot listen never stops the program: it logs why, and tries
 * again, because during a restart the previous process may still have the port.
 */
export function startMetricsServer(options: MetricsServerOptions): MetricsServer {
  const { address, log, retryInterval = 5_000 } = options
  const server = createServer(
    limits,
    (request, response) => void respond(options, request, response),
  )
  server.maxConnections = maxConnections
  let retryTimer: NodeJS.Timeout | null = null
  let hasReported = false

  server.on('error', (error) => {
    if (!hasReported) log.warn({ ...address, reason: codeOf(error) }, notListening)
    hasReported = true
    retryTimer = setTimeout(listen, retryInterval).unref()
  })
  server.on('listening', () => {
    log.info({ host: address.host, port: portOf(server) }, 'metrics available at /metrics')
    if (!isLoopback(address.host)) log.warn({ ...address }, notLoopback)
  })

  function listen(): void {
    // A connection that could not be accepted is an error, too.
    if (server.listening) return
    server.listen(address.port, address.host)
  }

  listen()
  // The public server keeps the process running.
  server.unref()
  return {
    port: () => (server.listening ? portOf(server) : null),
    async close() {
      if (retryTimer !== null) clearTimeout(retryTimer)
      if (!server.listening) return
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const notListening =
  'Metrics are not available: cannot listen on METRICS_ADDRESS. Trying again; everything else works. Choose another address, or set METRICS_ADDRESS=off.'
const notLoopback =
  'METRICS_ADDRESS is not a loopback address: everyone who can connect to it reads the metrics. Allow only Prometheus in the firewall.'

async function respond(
  { address, read, log }: MetricsServerOptions,
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  if (isLoopback(address.host) && !isLoopbackName(headers.host)) {
    return end(response, { status: 421, text: 'Use the IP address of the loopback interface.\n' })
  }
  if (url?.split('?')[0] !== '/metrics') {
    return end(response, { status: 404, text: 'Only /metrics is here.\n' })
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    return end(response, { status: 405, text: 'Only GET is allowed.\n' })
  }
  try {
    const { contentType, text } = await read()
    end(response, { status: 200, text, contentType })
  } catch (error) {
    log.warn({ error }, 'metrics could not be read')
    end(response, { status: 500, text: 'The metrics could not be read.\n' })
  }
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly contentType?: string
}

function end(response: ServerResponse, answer: Answer): void {
  const { status, text, contentType = 'text/plain; charset=utf-8' } = answer
  response.writeHead(status, { 'Content-Type': contentType })
  response.end(text)
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/**
 * Whether the Host header names the loopback interface. A web page in a browser on the same machine can make its own
 * name resolve to 127.0.0.1 (DNS rebinding), and would read the metrics as its own.
 */
function isLoopbackName(header: string | undefined): boolean {
  const host = (header ?? '').replace(/:\d+$/, '').toLowerCase()
  return isLoopback(host.replace(/^\[(.*)\]$/, '$1'))
}

function portOf(server: Server): number {
  const bound = server.address()
  return bound !== null && typeof bound === 'object' ? bound.port : 0
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : 'unknown'
}
