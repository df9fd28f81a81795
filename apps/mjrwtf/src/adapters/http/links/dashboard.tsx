import type { Hono } from 'hono'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { userGuards } from '../middleware/guards.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { type Paging, pagingOrDefault } from '../responses/paging.ts'
import { DashboardPage } from './dashboard-page.tsx'

export function addDashboardRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  app.get('/dashboard', ...userGuards(context), (c) => showDashboard(context, c))
}

async function showDashboard(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const paging: Paging = pagingOrDefault(c.req.query())
  const ownerId = c.var.user.id
  const [links, totals] = await Promise.all([
    context.links.list({ ownerId, ...paging }),
    context.links.count(ownerId),
  ])
  const frame = await frameOf(context, c)
  const now = context.clock.now()
  const { shortBaseUrl } = context.options
  return page(c, <DashboardPage {...{ frame, shortBaseUrl, links, totals, paging, now }} />)
}
