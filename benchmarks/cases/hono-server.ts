import { Server } from 'node:http'

/** Hono's adapter also supports HTTP/2, so its type does not say which server it created. */
export function asHttpServer(server: unknown): Server {
  if (server instanceof Server) return server
  throw new Error('Hono did not create a node:http server')
}
