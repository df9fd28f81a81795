import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { EntryPlace } from '../../../application/ports/paging.ts'
import type {
  SecurityEventView,
  SecurityLog,
} from '../../../application/security-log/security-log.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { isSecurityTopic, type SecurityTopic } from '../../../domain/security-event.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { recentAssurance, userRoutes } from '../middleware/guards.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { isFromOwnSite } from '../middleware/request-site.ts'
import { parseEntryCursor } from '../responses/cursor.ts'
import { type FileHeaders, setFileHeaders } from '../responses/download.ts'
import { readEntries } from '../responses/entries.ts'
import { frameOf, page } from '../responses/page.ts'
import { pagingOrDefault } from '../responses/paging.ts'
import { rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { toCsv, toJson } from './security-log-files.ts'
import { SecurityLogPage } from './security-log-page.tsx'

export interface SecurityLogContext extends PageContext, ReadContext {
  readonly securityLog: PageContext['securityLog'] & Pick<SecurityLog, 'list' | 'export'>
}

const path = '/settings/security-log'

/**
 * The security log of the user, as a page and as files. A link on another site shows the page: a file counts towards the
 * limit of exports, which another site must not use up.
 */
export function addSecurityLogRoutes(app: Hono<AppEnv>, context: SecurityLogContext): void {
  const handler = limitPage(context, (c) => {
    const format = isFromOwnSite(c) ? formats.get(c.req.query('format') ?? '') : undefined
    return format === undefined ? showLog(context, c) : exportLog(context, c, format)
  })
  userRoutes(app, context).get(path, handler)
}

/** An invalid value, for example in an edited URL, selects all events. */
function topicOf(c: UserRequestContext): SecurityTopic | null {
  const text = c.req.query('kind') ?? ''
  return isSecurityTopic(text) ? text : null
}

async function showLog(context: SecurityLogContext, c: UserRequestContext): Promise<Response> {
  const { limit } = pagingOrDefault(c.req.query())
  const topic = topicOf(c)
  const userId = c.var.user.id
  const cursor = parseEntryCursor(c.req.query('cursor') ?? '')
  const list = await readEntries(cursor, placeOf, async (start) => {
    const { events, hasMore } = await context.securityLog.list({ userId, topic, limit, start })
    return { entries: events, hasMore }
  })
  const frame = await frameOf(context, c)
  return page(c, <SecurityLogPage {...{ frame, list, topic, limit }} />)
}

function placeOf({ at, id }: SecurityEventView): EntryPlace {
  return { at, id }
}

interface Format {
  readonly name: FileHeaders['format']
  readonly write: typeof toCsv
}

const formats: ReadonlyMap<string, Format> = new Map([
  ['csv', { name: 'csv', write: toCsv }],
  ['json', { name: 'json', write: toJson }],
])

async function exportLog(
  context: SecurityLogContext,
  c: UserRequestContext,
  format: Format,
): Promise<Response> {
  const refusal = await requireConfirmation(context, c)
  if (refusal !== null) return refusal
  const topic = topicOf(c)
  const userId = c.var.user.id
  const result = await context.securityLog.export({ userId, topic })
  if (result.status === 'throttled') {
    const hit = { limit: 'exports', userId, throttled: result, message: tooManyMessage }
    return respondWithProblem(context, c, rateLimited(context, c, hit))
  }
  context.log.info({ requestId: c.var.requestId, userId }, 'security log exported')
  setFileHeaders(context, c, { name: 'security-log', format: format.name })
  return c.body(format.write(result.events))
}

const tooManyMessage = `You have reached the limit of ${rateLimits.exports.max} exports per hour.`

/** The redirect after a step-up leads to the page: after a download the browser would stay on the step-up page. */
async function requireConfirmation(
  context: SecurityLogContext,
  c: UserRequestContext,
): Promise<Response | null> {
  const { exchange, user } = c.var
  const result =
    user.secondFactors > 0
      ? await context.web.requireAssurance(exchange, recentAssurance)
      : await context.web.requireRecentAuthentication(exchange)
  if (!isResponse(result)) return null
  const location = result.headers.get('Location') ?? ''
  if (!location.startsWith('/reauthenticate')) return result
  const topic = topicOf(c)
  const next = topic === null ? path : `${path}?kind=${topic}`
  const query = new URLSearchParams(location.split('?')[1])
  query.set('next', next)
  return c.redirect(`/reauthenticate?${query}`, 303)
}
