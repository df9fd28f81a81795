import type { Hono } from 'hono'
import { z } from 'zod'
import type { LinkAnalytics } from '../../../application/analyse-link.ts'
import { ownLink } from '../own-link.ts'
import { answerProblem, notFound } from '../problem.tsx'
import type { AppEnv, Site, UserContext } from '../site.ts'
import { apiGuards } from './api-guards.ts'
import { readQuery } from './read-json.ts'
import { invalid } from './urls.ts'

/**
 * An instant of a query. The plus of an offset that was not encoded arrives as a blank, and a blank stands
 * nowhere else before an offset (RFC 3339 section 5.6).
 */
const instantText = z.string().transform((text) => text.replace(/ (?=\d\d:\d\d$)/, '+'))

const range = z.object({ start_time: instantText.optional(), end_time: instantText.optional() })

export function addAnalyticsRoutes(app: Hono<AppEnv>, site: Site): void {
  app.get('/api/urls/:code/analytics', ...apiGuards(site), (c) => analyse(site, c))
}

async function analyse(site: Site, c: UserContext): Promise<Response> {
  const asked = await readQuery(site, c, range)
  if (asked instanceof Response) return asked
  const result = await site.useCases.analyseLink({
    ...ownLink(c),
    start: asked.start_time ?? null,
    end: asked.end_time ?? null,
  })
  if (result.status === 'not-found') return answerProblem(site, c, notFound)
  if (result.status === 'invalid') return answerProblem(site, c, invalid(result.fields))
  return c.json(analyticsJson(result.analytics))
}

function analyticsJson({ link, ...counts }: LinkAnalytics) {
  return {
    short_code: link.shortCode,
    original_url: link.destination,
    total_clicks: counts.totalClicks,
    by_date: counts.byDate.map(({ key, clicks }) => ({ date: key, clicks })),
    by_referrer: counts.byReferrer.map(({ key, clicks }) => ({ referrer: key, clicks })),
    by_country: counts.byCountry.map(({ key, clicks }) => ({ country: key, clicks })),
  }
}
