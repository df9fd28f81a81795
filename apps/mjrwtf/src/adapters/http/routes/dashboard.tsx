import type { Hono } from 'hono'
import { userGuards } from '../guards.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { DashboardPage } from '../pages/dashboard-page.tsx'
import { type Paging, pagingForPeople } from '../paging.ts'
import type { AppEnv, Site, UserContext } from '../site.ts'

export function addDashboardRoutes(app: Hono<AppEnv>, site: Site): void {
  app.get('/dashboard', ...userGuards(site), (c) => showDashboard(site, c))
}

async function showDashboard(site: Site, c: UserContext): Promise<Response> {
  const paging: Paging = pagingForPeople(c.req.query())
  const ownerId = c.var.user.id
  const [links, totals] = await Promise.all([
    site.useCases.listLinks({ ownerId, ...paging }),
    site.useCases.countLinks(ownerId),
  ])
  const frame = await frameOf(site, c)
  const now = site.clock.now()
  const { shortBaseUrl } = site.options
  return page(c, <DashboardPage {...{ frame, shortBaseUrl, links, totals, paging, now }} />)
}
