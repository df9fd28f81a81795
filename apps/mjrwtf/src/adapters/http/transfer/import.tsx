import type { Hono } from 'hono'
import type { LinkImport, OwnImport } from '../../../application/ports/import-repository.ts'
import { type OpenUpload, UnreadableFile } from '../../../application/ports/import-source.ts'
import type { CheckImportResult } from '../../../application/transfer/check-import.ts'
import type { Transfer } from '../../../application/transfer/transfer.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { addAction, type FormContext } from '../forms/form-page.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { csvLine, setFileHeaders } from '../responses/download.ts'
import { frameOf, page } from '../responses/page.ts'
import { notFound, type Problem, rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { ImportPage } from './import-page.tsx'
import { ImportStatePage } from './import-state-page.tsx'
import { maxUploadSize, readUpload, tooLargeMessage } from './read-upload.ts'

export interface ImportContext extends FormContext {
  readonly transfer: Transfer
  readonly openUpload: OpenUpload
}

/** Uploads in progress in this process. Each parses a file. */
const maxUploads = 4

/** Routes that import links from a file: upload, what would be added, progress, and what was not added. */
export function addImportRoutes(app: Hono<AppEnv>, context: ImportContext): void {
  const routes = userRoutes(app, context)
  let uploads = 0
  routes.get('/links/import', (c) => showForm(context, c, null))
  routes.post('/links/import', async (c) => {
    if (uploads >= maxUploads) return respondWithProblem(context, c, tooManyUploads)
    uploads += 1
    try {
      return await upload(context, c)
    } finally {
      uploads -= 1
    }
  })
  routes.get('/links/import/:id', (c) => showState(context, c))
  routes.get('/links/import/:id/problems', (c) => sendProblems(context, c))
  addAction(routes, context, { path: '/links/import/:id/start', run: (c) => start(context, c) })
  addAction(routes, context, { path: '/links/import/:id/cancel', run: (c) => cancel(context, c) })
}

const tooManyUploads: Problem = {
  status: 503,
  code: 'busy',
  message: 'Other files are being checked. Try again in 10 seconds.',
  headers: [['Retry-After', '10']],
}

async function showForm(
  context: ImportContext,
  c: UserRequestContext,
  problem: string | null,
): Promise<Response> {
  const latest = await context.transfer.findLatest(c.var.user.id)
  const frame = await frameOf(context, c)
  return page(c, <ImportPage {...{ frame, latest, problem }} />, problem === null ? 200 : 400)
}

async function upload(context: ImportContext, c: UserRequestContext): Promise<Response> {
  if (Number(c.req.header('Content-Length') ?? 0) > maxUploadSize + 64 * 1024) {
    const tooLarge = { status: 413, code: 'file_too_large', message: tooLargeMessage } as const
    return respondWithProblem(context, c, tooLarge)
  }
  const file = await readUpload(c)
  if (file === null) return showForm(context, c, 'Choose a file.')
  const result = await check(context, c, file)
  await file.drain()
  switch (result.status) {
    case 'checked':
      return c.redirect(`/links/import/${result.importId}`, 303)
    case 'throttled': {
      const message = `You have reached the limit of ${rateLimits.imports.max} imports per hour.`
      const hit = { limit: 'imports', userId: c.var.user.id, throttled: result, message }
      return respondWithProblem(context, c, rateLimited(context, c, hit))
    }
    case 'unreadable':
      return showForm(context, c, result.message)
    case 'running':
      return showForm(context, c, 'Wait until the import in progress is complete, or cancel it.')
    case 'superseded':
      return showForm(context, c, 'You have uploaded another file meanwhile.')
  }
}

async function check(
  { transfer, openUpload }: ImportContext,
  c: UserRequestContext,
  { name, bytes }: { readonly name: string; readonly bytes: AsyncIterable<Uint8Array> },
): Promise<CheckImportResult> {
  try {
    const { source, close } = await openUpload(bytes)
    const fileName = displayName(name)
    return await transfer.check({ ownerId: c.var.user.id, fileName, source }).finally(close)
  } catch (error) {
    if (error instanceof UnreadableFile) return { status: 'unreadable', message: error.message }
    throw error
  }
}

/** Only shown. Browsers send it without folders. */
function displayName(name: string): string {
  const text = name.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim()
  return text.length > 100 ? `${text.slice(0, 99)}…` : text || 'file'
}

function requestedImport(c: UserRequestContext): OwnImport {
  return { ownerId: c.var.user.id, id: c.req.param('id') ?? '' }
}

async function showState(context: ImportContext, c: UserRequestContext): Promise<Response> {
  const found = await context.transfer.find(requestedImport(c))
  if (found === null) return respondWithProblem(context, c, notFound)
  return page(c, <ImportStatePage frame={await frameOf(context, c)} linkImport={found} />)
}

async function start(context: ImportContext, c: UserRequestContext): Promise<Response> {
  const own = requestedImport(c)
  if ((await context.transfer.find(own)) === null) return respondWithProblem(context, c, notFound)
  await context.transfer.start(own)
  return c.redirect(`/links/import/${own.id}`, 303)
}

async function cancel(context: ImportContext, c: UserRequestContext): Promise<Response> {
  const own = requestedImport(c)
  const found = await context.transfer.find(own)
  if (found === null) return respondWithProblem(context, c, notFound)
  const canceled = await context.transfer.cancel(own)
  if (canceled && found.state === 'running') return c.redirect(`/links/import/${own.id}`, 303)
  const message = canceled
    ? 'Import canceled. Nothing was added.'
    : 'The import was complete already.'
  await c.var.exchange.flash({ kind: canceled ? 'success' : 'error', message })
  return c.redirect('/links/import', 303)
}

async function sendProblems(context: ImportContext, c: UserRequestContext): Promise<Response> {
  const found = await context.transfer.find(requestedImport(c))
  if (found === null) return respondWithProblem(context, c, notFound)
  setFileHeaders(context, c, { name: 'mjrwtf-import-problems', format: 'csv' })
  return c.body(problemsAsCsv(found))
}

function problemsAsCsv({ problems }: LinkImport): string {
  const lines = problems.map(({ line, shortCode, message }) => csvLine([line, shortCode, message]))
  return `line,short_code,problem\r\n${lines.join('')}`
}
