import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { HonoRuntime } from './hono-scenario.ts'

export const serveHonoOnNode: HonoRuntime = {
  peerAddress: (c) => getConnInfo(c).remote.address ?? null,
  async serve(app) {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
    await new Promise((resolve) => server.once('listening', resolve))
    return {
      port: (server.address() as AddressInfo).port,
      async close() {
        await new Promise((resolve) => server.close(resolve))
      },
    }
  },
}
