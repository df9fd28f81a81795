import type { Hono } from 'hono'
import { z } from 'zod'
import type { AccountExport } from '../../../application/export-account.ts'
import {
  clicksAsCsv,
  everythingAsJson,
  type FileSurroundings,
  linksAsCsv,
} from '../account-files.ts'
import { type FileHead, headFile, sendPieces } from '../download.ts'
import { formSchema, readForm } from '../forms.ts'
import { recentUserGuards } from '../guards.ts'
import { limitReached } from '../limits.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { ExportPage } from '../pages/export-page.tsx'
import { answerProblem } from '../problem.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import type { AppEnv, Site, UserContext } from '../site.ts'

const path = '/settings/export'

type File = FileHead & {
  readonly write: (archive: AccountExport, around: FileSurroundings) => AsyncIterable<string>
}

const files = {
  everything: { name: 'mjrwtf-everything', format: 'json', write: everythingAsJson },
  links: { name: 'mjrwtf-links', format: 'csv', write: linksAsCsv },
  clicks: { name: 'mjrwtf-clicks', format: 'csv', write: clicksAsCsv },
} as const satisfies Readonly<Record<string, File>>

const exportForm = formSchema({
  file: z.enum(['everything', 'links', 'clicks'], 'Choose one of the files on the page.'),
})

/**
 * Where people take with them what is kept of them. A file is asked for by POST: to make one is written down and
 * counted, and no other site can set it off.
 */
export function addExportRoutes(app: Hono<AppEnv>, site: Site): void {
  const guards = recentUserGuards(site)
  app.get(path, ...guards, (c) => showExport(site, c))
  app.post(path, ...guards, site.sessions.csrfGuard, (c) => sendFile(site, c))
}

async function showExport(site: Site, c: UserContext): Promise<Response> {
  const totals = await site.useCases.countLinks(c.var.user.id)
  return page(c, <ExportPage frame={await frameOf(site, c)} {...totals} />)
}

async function sendFile(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, exportForm)
  if (form instanceof Response) return form
  const { user } = c.var
  const result = await site.useCases.exportAccount(user)
  if (result.status === 'throttled') {
    const reached = { limit: 'exports', userId: user.id, throttled: result, message: tooMany }
    return answerProblem(site, c, limitReached(site, c, reached))
  }
  tellSecurityEvent(site, c, { event: 'data-exported', userId: user.id, detail: form.file })
  const file = files[form.file]
  headFile(site, c, file)
  const around = { shortBaseUrl: site.options.shortBaseUrl, now: site.clock.now() }
  return sendPieces(site, c, file.write(result.archive, around))
}

const tooMany = 'You have made many exports within an hour. Please wait a little.'
