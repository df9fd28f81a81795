import type { HonoRuntime } from '../../packages/coatcheck/test/support/hono-scenario.ts'

export const serveHonoOnDeno: Pick<HonoRuntime, 'serve'> = {
  async serve(app) {
    const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen() {} }, (request, info) =>
      app.fetch(request, info),
    )
    return { port: server.addr.port, close: () => server.shutdown() }
  },
}
