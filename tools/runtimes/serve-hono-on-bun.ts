import type { HonoRuntime } from '../../packages/coatcheck/test/support/hono-scenario.ts'

export const serveHonoOnBun: Pick<HonoRuntime, 'serve'> = {
  async serve(app) {
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request, running) => app.fetch(request, { server: running }),
    })
    return { port: server.port, close: () => server.stop(true) }
  },
}
