import type { Context } from 'hono'
import { peerAddressOf, type ServerSocket } from '../socket-peer.ts'

/** What runtimes pass to a Hono app besides the request. */
export interface Bindings {
  /** `@hono/node-server`. */
  readonly incoming?: { readonly socket?: ServerSocket }
  /** Deno. */
  readonly remoteAddr?: { readonly hostname?: string }
  /** Bun passes its server, or the app does under this name. */
  readonly server?: BunServer
  readonly requestIP?: BunServer['requestIP']
}

interface BunServer {
  requestIP?(request: Request): { readonly address: string } | null
}

/** Cloudflare sets the header, and replaces one of the client. Elsewhere a client could send it. */
const isWorkers = globalThis.navigator?.userAgent === 'Cloudflare-Workers'

/**
 * Returns the IP address of the peer on `@hono/node-server`, Bun, Deno and Cloudflare Workers; `null` on
 * other platforms and for `app.request()`, which has none.
 */
export function findPeerAddress(c: Context): string | null {
  if (isWorkers) return c.req.header('cf-connecting-ip') ?? null
  const env: Bindings | undefined = c.env
  if (env?.incoming?.socket !== undefined) return peerAddressOf(env.incoming.socket)
  if (env?.remoteAddr !== undefined) return env.remoteAddr.hostname ?? null
  const server = env?.server ?? env
  return server?.requestIP?.(c.req.raw)?.address ?? null
}
