import { Server } from 'node:http'

/** Hono's adapter serves over HTTP/2 too, so its type does not say which kind it made. */
export function asHttpServer(server: unknown): Server {
  if (server instanceof Server) return server
  throw new Error('Hono did not make a server of node:http')
}
