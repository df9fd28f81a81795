import { setTimeout } from 'node:timers/promises'
import type { Hono } from 'hono'
import { z } from 'zod'
import type { Accounts } from '../../../application/accounts/accounts.ts'
import type { AccountExport } from '../../../application/accounts/export-account.ts'
import type { Links } from '../../../application/links/links.ts'
import type { UserReads } from '../../../application/shared/user-reads.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import type { UserId } from '../../../domain/user.ts'
import { addFormPage, type FormContext } from '../forms/form-page.ts'
import { defineForm } from '../forms/forms.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { type FileHeaders, setFileHeaders, streamChunks } from '../responses/download.ts'
import { frameOf } from '../responses/page.ts'
import { rateLimited, respondWithProblem } from '../responses/problem.tsx'
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

/** Delay before the next try if too many reads of the user wait, in ms. */
const retryDelay = 50

/** Reads each chunk when it is the user's turn, so that exports at once delay others no more than a single one. */
async function* readInTurn(
  reads: UserReads,
  userId: UserId,
  chunks: AsyncIterable<string>,
): AsyncIterable<string> {
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const turn = reads.run(userId, () => iterator.next())
      const next = turn === null ? null : await turn
      if (next?.done === true) return
      if (next === null) await setTimeout(retryDelay)
      else yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}

const tooManyMessage = `You have reached the limit of ${rateLimits.exports.max} exports per hour.`
