import type { Hono } from 'hono'
import type { Links } from '../../../application/links/links.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { requestedLink } from './link-fields.ts'

export interface ClickCountContext extends PageContext {
  readonly links: Pick<Links, 'find'>
}

const path = '/links/:code/clicks'

/**
 * The clicks on a link as text, without those of bots: GET /links/{code}/clicks. An open page of the link asks for it.
 * That is no activity, so the page does not keep its session alive.
 */
export function addClickCountRoutes(app: Hono<AppEnv>, context: ClickCountContext): void {
  // Of several verifications of a request, the first counts.
  app.get(path, async (c, next) => {
    await c.var.exchange.verification({ touch: false })
    return next()
  })
  userRoutes(app, context).get(path, (c) => sendCount(context, c))
}

async function sendCount(context: ClickCountContext, c: UserRequestContext): Promise<Response> {
  const link = await context.links.find(requestedLink(c))
  if (link === null) return respondWithProblem(context, c, notFound)
  c.header('Content-Type', 'text/plain; charset=utf-8')
  return c.body(String(link.clickCount))
}
