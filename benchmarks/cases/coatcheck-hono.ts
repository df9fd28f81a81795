import { createAdaptorServer } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { createHonoSessions } from 'coatcheck/hono'
import { Hono } from 'hono'
import { bodyFor, contentType, measuredPath, userToSignIn } from './answer.ts'
import type { CaseContext, CaseServer } from './case.ts'
import { createWeb, openSessions } from './coatcheck-sessions.ts'
import { asHttpServer } from './hono-server.ts'

/** Coatcheck with Hono, as in its README. */
export async function open(context: CaseContext): Promise<CaseServer> {
  const { sessions, hooks } = await openSessions(context)
  const web = createWeb(sessions)
  const guard = createHonoSessions(web, {
    peerAddress: (c) => getConnInfo(c).remote.address ?? null,
  })
  const headers = { 'Content-Type': contentType }
  const app = new Hono()
    .use(guard.exchange)
    .get(measuredPath, guard.requireSession, (c) =>
      c.body(bodyFor(c.var.session.userId), 200, headers),
    )
    .post('/sign-in', async (c) => {
      const userId = userToSignIn(c.req.url)
      await c.var.exchange.signIn({ userId })
      return c.body(bodyFor(userId), 200, headers)
    })
  return { server: asHttpServer(createAdaptorServer({ fetch: app.fetch })), ...hooks }
}
