import type { Hono } from 'hono'
import type { Transfer } from '../../../application/transfer/transfer.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import type { ReadContext } from '../middleware/limit-reads.ts'
import { isFromOtherSite } from '../middleware/request-site.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { setFileHeaders, streamChunks } from '../responses/download.ts'
import { rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { readInTurn } from '../responses/read-in-turn.ts'
import { linksAsCsv, linksAsJson } from './link-files.ts'

export interface LinkExportContext extends PageContext, Pick<ReadContext, 'reads'> {
  readonly transfer: Pick<Transfer, 'export'>
}

/** The user's links as a file that can be imported again. */
export function addLinkExportRoutes(app: Hono<AppEnv>, context: LinkExportContext): void {
  userRoutes(app, context).get('/links/export', (c) => sendLinks(context, c))
}

async function sendLinks(context: LinkExportContext, c: UserRequestContext): Promise<Response> {
  const { id: userId } = c.var.user
  const format = c.req.query('format') === 'json' ? 'json' : 'csv'
  // Another site must not use up the limit of the user, nor start downloads.
  if (isFromOtherSite(c)) return c.redirect('/links/import', 303)
  const result = await context.transfer.export(userId)
  if (result.status === 'throttled') {
    const message = `You have reached the limit of ${rateLimits.exports.max} exports per hour.`
    const hit = { limit: 'exports', userId, throttled: result, message }
    return respondWithProblem(context, c, rateLimited(context, c, hit))
  }
  logSecurityEvent(context, c, { event: 'data-exported', userId, detail: 'links' })
  setFileHeaders(context, c, { name: 'mjrwtf-links', format })
  const { shortBaseUrl } = context.options
  const write = format === 'json' ? linksAsJson : linksAsCsv
  return streamChunks(
    context,
    c,
    readInTurn(context.reads, userId, write(result.pages, shortBaseUrl)),
  )
}
