import type { Hono } from 'hono'
import type { AppEnv } from '../http-context.ts'

export interface HealthContext {
  /** Whether the database responds within the timeout in milliseconds. Never rejects. */
  readonly ping: (timeout: number) => Promise<boolean>
  /** Whether the clock of this process agrees with that of the database. Never rejects. */
  readonly isClockRight: () => Promise<boolean>
  /** Whether the process is stopping, so that it should get no new work. */
  readonly isDraining: () => boolean
}

/** Time after which the database counts as unavailable, in ms. */
const readinessTimeout = 2_000

/** Health checks of a supervisor or a load balancer. They read neither a session nor a cookie. */
export function addHealthRoutes(app: Hono<AppEnv>, context: HealthContext): void {
  app.get('/health', (c) => c.json({ status: 'ok' }))
  app.get('/ready', async (c) => {
    return (await isReady(context))
      ? c.json({ status: 'ready' })
      : c.json({ status: 'unavailable' }, 503)
  })
}

/** A process whose clock is wrong would reject sessions that are valid, so it gets no requests. */
async function isReady({ isDraining, ping, isClockRight }: HealthContext): Promise<boolean> {
  return !isDraining() && (await ping(readinessTimeout)) && (await isClockRight())
}
