import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import { z } from 'zod'
import type { LinkAnalytics } from '../../../application/links/analyze-link.ts'
import type { Links } from '../../../application/links/links.ts'
import { parseCityText } from '../../../domain/click.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { requestedLink } from '../links/link-fields.ts'
import { limitReads } from '../middleware/limit-reads.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { type ApiContext, apiGuards } from './api-guards.ts'
import { invalidFields } from './link-problems.ts'
import { readQuery } from './read-json.ts'

/**
 * An instant in a query. An offset's plus that was not encoded arrives as a space, which is valid nowhere else before an
 * offset (RFC 3339 section 5.6).
 */
const instantParameter = z.string().transform((text) => text.replace(/ (?=\d\d:\d\d$)/, '+'))

const range = z.object({
  start_time: instantParameter.optional(),
  end_time: instantParameter.optional(),
})

export interface AnalyticsContext extends ApiContext {
  readonly links: Pick<Links, 'analyze'>
}

export function addAnalyticsRoutes(app: Hono<AppEnv>, context: AnalyticsContext): void {
  const handler = limitReads(context, (c) => analyze(context, c))
  app.get('/api/urls/:code/analytics', ...apiGuards(context, 'stats:read'), (c) => handler(c))
}

async function analyze(context: AnalyticsContext, c: UserRequestContext): Promise<Response> {
  const query = await readQuery(context, c, range)
  if (isResponse(query)) return query
  const result = await context.links.analyze({
    ...requestedLink(c),
    start: query.start_time ?? null,
    end: query.end_time ?? null,
  })
  if (result.status === 'not-found') return respondWithProblem(context, c, notFound)
  if (result.status === 'invalid')
    return respondWithProblem(context, c, invalidFields(result.fields))
  return c.json(analyticsJson(result.analytics))
}

function analyticsJson({ link, ...counts }: LinkAnalytics) {
  return {
    short_code: link.shortCode,
    original_url: link.destination,
    total_clicks: counts.totalClicks,
    total_visitors: counts.totalVisitors,
    total_bot_clicks: counts.totalBotClicks,
    by_date: counts.byDate.map(({ key, clicks }) => ({ date: key, clicks })),
    by_referrer: counts.byReferrer.map(({ key, clicks }) => ({ referrer: key, clicks })),
    by_country: counts.byCountry.map(({ key, clicks }) => ({ country: key, clicks })),
    by_city: counts.byCity.map(({ key, clicks }) => ({
      ...(key === null ? { city: null, country: null } : parseCityText(key)),
      clicks,
    })),
    by_browser: counts.byAgent.map(({ key, clicks }) => ({ browser: key, clicks })),
    by_system: counts.bySystem.map(({ key, clicks }) => ({ system: key, clicks })),
    by_device: counts.byDevice.map(({ key, clicks }) => ({ device: key, clicks })),
    by_hour: counts.byHour.map((clicks, hour) => ({ hour, clicks })),
    by_bot: counts.byBot.map(({ key, clicks }) => ({ bot: key, clicks })),
  }
}
