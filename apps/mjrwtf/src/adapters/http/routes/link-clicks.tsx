import type { Hono } from 'hono'
import type { ReportClicksResult } from '../../../application/report-clicks.ts'
import type { ReportRangeTexts } from '../../../application/report-range.ts'
import { utc } from '../../../domain/time-zone.ts'
import { problemsByField } from '../field-names.ts'
import { userGuards } from '../guards.ts'
import { ownLink } from '../own-link.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { ClicksPage } from '../pages/clicks-page.tsx'
import { noProblems } from '../pages/fields.tsx'
import { answerProblem, notFound } from '../problem.tsx'
import type { AppEnv, Site, UserContext } from '../site.ts'

/** How often a link was followed. */
export function addLinkClicksRoutes(app: Hono<AppEnv>, site: Site): void {
  app.get('/links/:code', ...userGuards(site), (c) => showClicks(site, c))
}

async function showClicks(site: Site, c: UserContext): Promise<Response> {
  const texts = readTexts(c)
  const result = await site.useCases.reportClicks({ ...ownLink(c), ...texts })
  if (result.status === 'not-found') return answerProblem(site, c, notFound)
  const frame = await frameOf(site, c)
  const { shortBaseUrl } = site.options
  const { link } = result
  const report = result.status === 'reported' ? result.report : null
  const form = {
    path: `/links/${link.shortCode}`,
    hasZone: texts.zone !== '',
    ...formOf(result, texts),
  }
  const props = { frame, shortBaseUrl, link, report, form, now: site.clock.now() }
  return page(c, <ClicksPage {...props} />, report === null ? 400 : 200)
}

/** One that is sent twice is read as a list, which stands for no day and no zone. */
function readTexts(c: UserContext): ReportRangeTexts {
  const text = (name: string) => c.req.queries(name)?.join(', ') ?? ''
  return { from: text('from'), to: text('to'), days: text('days'), zone: text('zone') }
}

/** What the form shows: the days that were counted, or what was asked for and why it cannot be. */
function formOf(
  result: Exclude<ReportClicksResult, { status: 'not-found' }>,
  texts: ReportRangeTexts,
) {
  if (result.status === 'invalid') {
    const zone = texts.zone === '' ? utc : texts.zone.slice(0, 100)
    const problems = problemsByField(result.fields)
    const days = problems.days === undefined ? texts.days : ''
    return { values: { ...texts, zone, days }, quickRange: null, problems }
  }
  const { range, zone, quickRange } = result.report
  return { values: { ...range, zone, days: '' }, quickRange, problems: noProblems }
}
