import type { Hono } from 'hono'
import type { AppEnv, Site } from '../site.ts'

/** How long the database may take to answer before it counts as away, in ms. */
const patience = 2_000

/** What a supervisor or a load balancer asks. Neither a session nor a cookie is looked at. */
export function addOperationRoutes(app: Hono<AppEnv>, site: Site): void {
  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.get('/ready', async (c) => {
    const ready = !site.isDraining() && (await site.ping(patience))
    return ready ? c.json({ status: 'ready' }) : c.json({ status: 'unavailable' }, 503)
  })
}
