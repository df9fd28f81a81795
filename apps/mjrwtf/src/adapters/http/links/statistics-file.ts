import type { Hono } from 'hono'
import type { Links } from '../../../application/links/links.ts'
import type { ClickReport } from '../../../application/links/report-clicks.ts'
import type { ClickCount } from '../../../domain/click-tally.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { csvLine, setFileHeaders } from '../responses/download.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { requestedLink } from './link-fields.ts'
import { invalidRange, readRangeTexts } from './range-texts.ts'

export interface StatisticsFileContext extends PageContext, ReadContext {
  readonly links: Pick<Links, 'reportClicks'>
}

/** The statistics of a link in a range, with the parameters of its page: GET /links/{code}/statistics.csv. */
export function addStatisticsFileRoutes(app: Hono<AppEnv>, context: StatisticsFileContext): void {
  const handler = limitPage(context, (c) => sendStatistics(context, c))
  userRoutes(app, context).get('/links/:code/statistics.csv', handler)
}

async function sendStatistics(
  context: StatisticsFileContext,
  c: UserRequestContext,
): Promise<Response> {
  const own = requestedLink(c)
  const result = await context.links.reportClicks({ ...own, ...readRangeTexts(c) })
  if (result.status === 'not-found') return respondWithProblem(context, c, notFound)
  if (result.status === 'invalid')
    return respondWithProblem(context, c, invalidRange(result.fields))
  const name = `statistics-${result.link.shortCode.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`
  setFileHeaders(context, c, { name, format: 'csv' })
  return c.body(toCsv(result.report))
}

/** One line per number: the group, its key, and what was counted. Bots are in no other line than their own. */
function toCsv(report: ClickReport): string {
  const unit = report.granularity
  const lines: (readonly (string | number | null)[])[] = [
    ...report.buckets.map(({ key, clicks, visitors, botClicks }) => [
      ...[unit, key, clicks, visitors, botClicks],
    ]),
    ...report.byHour.map((clicks, hour) => ['hour', String(hour), clicks, null, null]),
    ...originLines('referrer', report.byReferrer),
    ...originLines('country', report.byCountry),
    ...originLines('city', report.byCity),
    ...originLines('browser', report.byAgent),
    ...originLines('system', report.bySystem),
    ...originLines('device', report.byDevice),
    ...report.byBot.map(({ key, clicks }) => ['bot', key, null, null, clicks]),
  ]
  return ['group,name,clicks,visitors,bot_clicks\r\n', ...lines.map(csvLine)].join('')
}

function originLines(group: string, counts: readonly ClickCount<string | null>[]) {
  return counts.map(({ key, clicks }) => [group, key, clicks, null, null])
}
