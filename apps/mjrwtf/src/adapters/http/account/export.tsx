import type { Hono } from 'hono'
import { z } from 'zod'
import type { Accounts } from '../../../application/accounts/accounts.ts'
import type { AccountExport } from '../../../application/accounts/export-account.ts'
import type { Links } from '../../../application/links/links.ts'
import type { UserReads } from '../../../application/shared/user-reads.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { addFormPage, type FormContext } from '../forms/form-page.ts'
import { defineForm } from '../forms/forms.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { type FileHeaders, setFileHeaders, streamChunks } from '../responses/download.ts'
import { frameOf } from '../responses/page.ts'
import { rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { readInTurn } from '../responses/read-in-turn.ts'
import { clicksAsCsv, exportAsJson, type FileContext, linksAsCsv } from './export-files.ts'
import { ExportPage } from './export-page.tsx'

export interface ExportContext extends FormContext {
  /** The reads in progress, by user. */
  readonly reads: UserReads
  readonly accounts: FormContext['accounts'] & Pick<Accounts, 'export'>
  readonly links: Pick<Links, 'count'>
}

type ExportFile = FileHeaders & {
  readonly write: (archive: AccountExport, context: FileContext) => AsyncIterable<string>
}

const files = {
  everything: { name: 'mjrwtf-everything', format: 'json', write: exportAsJson },
  links: { name: 'mjrwtf-links', format: 'csv', write: linksAsCsv },
  clicks: { name: 'mjrwtf-clicks', format: 'csv', write: clicksAsCsv },
} as const satisfies Readonly<Record<string, ExportFile>>

const exportForm = defineForm({
  file: z.enum(['everything', 'links', 'clicks'], 'Choose one of the files on the page.'),
})

/**
 * Exports the user's data. A file is requested by POST, because an export is logged and counted, and no other site may
 * trigger it.
 */
export function addExportRoutes(app: Hono<AppEnv>, context: ExportContext): void {
  addFormPage(recentUserRoutes(app, context), context, {
    path: '/settings/export',
    form: exportForm,
    initialValues: () => ({ file: 'everything' as const }),
    async render(c) {
      const totals = await context.links.count(c.var.user.id)
      return <ExportPage frame={await frameOf(context, c)} {...totals} />
    },
    submit: (c, { file }) => sendFile(context, c, file),
  })
}

async function sendFile(
  context: ExportContext,
  c: UserRequestContext,
  name: keyof typeof files,
): Promise<Response> {
  const { user } = c.var
  const result = await context.accounts.export(user)
  if (result.status === 'throttled') {
    const hit = { limit: 'exports', userId: user.id, throttled: result, message: tooManyMessage }
    return respondWithProblem(context, c, rateLimited(context, c, hit))
  }
  logSecurityEvent(context, c, { event: 'data-exported', userId: user.id, detail: name })
  const file = files[name]
  setFileHeaders(context, c, file)
  const fileContext = { shortBaseUrl: context.options.shortBaseUrl, now: context.clock.now() }
  const chunks = file.write(result.archive, fileContext)
  return streamChunks(context, c, readInTurn(context.reads, user.id, chunks))
}

const tooManyMessage = `You have reached the limit of ${rateLimits.exports.max} exports per hour.`
