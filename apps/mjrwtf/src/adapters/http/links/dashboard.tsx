import type { Hono } from 'hono'
import type { ChangeLinks } from '../../../application/links/change-links.ts'
import type { Links } from '../../../application/links/links.ts'
import type { FormContext } from '../forms/form-page.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { isFromOtherSite } from '../middleware/request-site.ts'
import { displayFormatOf, frameOf, page } from '../responses/page.ts'
import { ConfirmSearchPage } from './confirm-search-page.tsx'
import { DashboardPage } from './dashboard-page.tsx'
import { countSelected, listLinks } from './list-links.ts'
import { listQueryOrDefault } from './list-query.ts'

export interface DashboardContext extends FormContext, ReadContext {
  readonly links: Pick<Links, 'list' | 'search' | 'count' | 'countListed'>
  readonly changeLinks: Pick<ChangeLinks, 'find'>
}

/** The list of the user's links. */
export function addDashboardRoutes(app: Hono<AppEnv>, context: DashboardContext): void {
  const routes = userRoutes(app, context)
  routes.get(
    '/dashboard',
    limitPage(context, (c) => showDashboard(context, c)),
  )
}

async function showDashboard(context: DashboardContext, c: UserRequestContext): Promise<Response> {
  const query = listQueryOrDefault(c.req.query())
  const ownerId = c.var.user.id
  const { timeZone: zone } = displayFormatOf(c)
  if (query.query !== '' && isFromOtherSite(c)) return confirmSearch(context, c, query.query)
  const [list, totals] = await Promise.all([
    listLinks(context.links, { ownerId, zone, ...query }),
    context.links.count(ownerId),
  ])
  // The search would skip too many links.
  if (list === null) return c.redirect(`/dashboard?${new URLSearchParams({ q: query.query })}`, 303)
  const selected = { ownerId, zone, selection: query, range: list.range }
  const count = await countSelected(context.links, selected)
  const changeId = c.req.query('change') ?? ''
  const change = changeId === '' ? null : await context.changeLinks.find({ ownerId, id: changeId })
  const frame = await frameOf(context, c)
  const { shortBaseUrl } = context.options
  const suggestsFactor = c.var.user.secondFactors === 0
  const shown = { list, totals, count, query, change }
  const props = { frame, shortBaseUrl, ...shown, suggestsFactor }
  return page(c, <DashboardPage {...props} />)
}

/** Another site must not make the browser search, which reads many links: the user starts the search. */
async function confirmSearch(
  context: PageContext,
  c: UserRequestContext,
  query: string,
): Promise<Response> {
  return page(c, <ConfirmSearchPage {...{ frame: await frameOf(context, c), query }} />)
}
