import type { Hono } from 'hono'
import type { Links } from '../../../application/links/links.ts'
import type { ReportClicksResult } from '../../../application/links/report-clicks.ts'
import type { ReportRangeTexts } from '../../../application/links/report-range.ts'
import { utc } from '../../../domain/time-zone.ts'
import { noErrors } from '../components/fields.tsx'
import { addAction } from '../forms/form-page.ts'
import { errorsByField } from '../forms/forms.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { frameOf, page } from '../responses/page.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { linkPath } from '../short-url.ts'
import { requestedLink } from './link-fields.ts'
import { LinkPage } from './link-page.tsx'
import { readRangeTexts } from './range-texts.ts'

export interface LinkPageContext extends PageContext, ReadContext {
  readonly links: Pick<Links, 'reportClicks' | 'listEdits' | 'setArchived'>
}

/** The page of a link. */
export function addLinkPageRoutes(app: Hono<AppEnv>, context: LinkPageContext): void {
  const routes = userRoutes(app, context)
  const handler = limitPage(context, (c) => showLink(context, c))
  routes.get('/links/:code', handler)
  addAction(routes, context, {
    path: '/links/:code/archive',
    run: (c) => setArchived(context, c, true),
  })
  addAction(routes, context, {
    path: '/links/:code/unarchive',
    run: (c) => setArchived(context, c, false),
  })
}

async function setArchived(
  context: LinkPageContext,
  c: UserRequestContext,
  isArchived: boolean,
): Promise<Response> {
  const own = requestedLink(c)
  if (!(await context.links.setArchived(own, isArchived)))
    return respondWithProblem(context, c, notFound)
  const message = isArchived ? 'Link archived.' : 'Link restored from the archive.'
  await c.var.exchange.flash({ kind: 'success', message })
  return c.redirect(linkPath(own.shortCode), 303)
}

async function showLink(context: LinkPageContext, c: UserRequestContext): Promise<Response> {
  const texts = readRangeTexts(c)
  const result = await context.links.reportClicks({ ...requestedLink(c), ...texts })
  if (result.status === 'not-found') return respondWithProblem(context, c, notFound)
  const edits = await context.links.listEdits(requestedLink(c))
  const frame = await frameOf(context, c)
  const { shortBaseUrl } = context.options
  const { link } = result
  const report = result.status === 'reported' ? result.report : null
  const form = {
    path: linkPath(link.shortCode),
    hasZone: texts.zone !== '',
    showsBots: c.req.query('bots') === '1',
    ...toFormState(result, texts),
  }
  const props = { frame, shortBaseUrl, link, edits, report, form, now: context.clock.now() }
  return page(c, <LinkPage {...props} />, report === null ? 400 : 200)
}

/** The form with the reported days, or with the rejected values and their errors. */
function toFormState(
  result: Exclude<ReportClicksResult, { status: 'not-found' }>,
  texts: ReportRangeTexts,
) {
  if (result.status === 'invalid') {
    const zone = texts.zone === '' ? utc : texts.zone.slice(0, 100)
    const fieldErrors = errorsByField(result.fields)
    const days = fieldErrors.days === undefined ? texts.days : ''
    return { values: { ...texts, zone, days }, quickRange: null, fieldErrors }
  }
  const { range, zone, quickRange } = result.report
  return { values: { ...range, zone, days: '' }, quickRange, fieldErrors: noErrors }
}
