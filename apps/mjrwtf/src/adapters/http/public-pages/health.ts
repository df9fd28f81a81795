import type { Hono } from 'hono'
import type { AppEnv, HttpContext } from '../http-context.ts'

/** How long the database may take to answer before it counts as away, in ms. */
const readinessTimeout = 2_000

/** What a supervisor or a load balancer asks. Neither a session nor a cookie is looked at. */
export function addHealthRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.get('/ready', async (c) => {
    const isReady = !context.isDraining() && (await context.ping(readinessTimeout))
    return isReady ? c.json({ status: 'ready' }) : c.json({ status: 'unavailable' }, 503)
  })
}
