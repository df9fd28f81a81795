import type { Hono } from 'hono'
import { z } from 'zod'
import type { AccountExport } from '../../../application/accounts/export-account.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { formSchema, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { recentUserGuards } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { type FileHeaders, setFileHeaders, streamChunks } from '../responses/download.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { respondWithProblem } from '../responses/problem.tsx'
import { rateLimited } from '../responses/rate-limited.ts'
import { clicksAsCsv, exportAsJson, type FileContext, linksAsCsv } from './export-files.ts'
import { ExportPage } from './export-page.tsx'

const path = '/settings/export'

type ExportFile = FileHeaders & {
  readonly write: (archive: AccountExport, context: FileContext) => AsyncIterable<string>
}

const files = {
  everything: { name: 'mjrwtf-everything', format: 'json', write: exportAsJson },
  links: { name: 'mjrwtf-links', format: 'csv', write: linksAsCsv },
  clicks: { name: 'mjrwtf-clicks', format: 'csv', write: clicksAsCsv },
} as const satisfies Readonly<Record<string, ExportFile>>

const exportForm = formSchema({
  file: z.enum(['everything', 'links', 'clicks'], 'Choose one of the files on the page.'),
})

/**
 * Exports the user's data. A file is requested by POST, because an export is logged and counted, and no other site may
 * trigger it.
 */
export function addExportRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const guards = recentUserGuards(context)
  app.get(path, ...guards, (c) => showExport(context, c))
  app.post(path, ...guards, context.sessions.csrfGuard, (c) => sendFile(context, c))
}

async function showExport(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const totals = await context.links.count(c.var.user.id)
  return page(c, <ExportPage frame={await frameOf(context, c)} {...totals} />)
}

async function sendFile(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, exportForm)
  if (form instanceof Response) return form
  const { user } = c.var
  const result = await context.accounts.export(user)
  if (result.status === 'throttled') {
    const hit = { limit: 'exports', userId: user.id, throttled: result, message: tooManyMessage }
    return respondWithProblem(context, c, rateLimited(context, c, hit))
  }
  logSecurityEvent(context, c, { event: 'data-exported', userId: user.id, detail: form.file })
  const file = files[form.file]
  setFileHeaders(context, c, file)
  const fileContext = { shortBaseUrl: context.options.shortBaseUrl, now: context.clock.now() }
  return streamChunks(context, c, file.write(result.archive, fileContext))
}

const tooManyMessage = `You have reached the limit of ${rateLimits.exports.max} exports per hour.`
