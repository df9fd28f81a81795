import type { z } from 'zod'
import type { Drafts } from '../../../application/drafts/drafts.ts'
import type { DraftFields } from '../../../domain/draft.ts'
import { isShortCode } from '../../../domain/short-code.ts'
import type { AppMiddleware, PageContext, RequestContext, SavedDraft } from '../http-context.ts'
import { logSecurityEvent, type SecurityEventContext } from '../reporting/log-security-event.ts'
import { codeOfSegment } from '../short-url.ts'
import { draftField, type Form, formOwnerField } from './forms.ts'
import { leadTo } from './interrupted.ts'

export interface DraftContext extends SecurityEventContext, Pick<PageContext, 'web' | 'options'> {
  readonly drafts: Drafts
}

/**
 * Saves the input of a form if a guard redirects the request, to the sign-in page or to a step-up, and makes the
 * redirect end at the form with its draft. For an outdated CSRF token see `respondWithRefusal`.
 */
export function saveDraftOnRejection(context: DraftContext, form: Form<z.ZodType>): AppMiddleware {
  return async (c, next) => {
    let isAccepted = false
    let saving: Promise<SavedDraft> | null = null
    c.set('saveDraft', () => {
      saving ??= saveDraft(context, c, form)
      return saving
    })
    c.set('acceptForm', () => {
      isAccepted = true
    })
    await next()
    if (!isAccepted && c.res.status === 303) await redirectToDraft(context, c, c.res.headers)
  }
}

/** Saves nothing for requests from other sites, and only the draft fields of the form. */
async function saveDraft(
  context: DraftContext,
  c: RequestContext,
  form: Form<z.ZodType>,
): Promise<SavedDraft> {
  const { exchange } = c.var
  const path = pathOf(c)
  if (!context.web.isSameOrigin(exchange) || !isFormPath(path)) return { status: 'none' }
  const sent = (await exchange.form()) ?? new FormData()
  const fields = Object.fromEntries(form.draftFields.map((name) => [name, pickText(sent, name)]))
  const result = await context.drafts.save({
    ownerToken: pickText(sent, formOwnerField),
    path,
    fields,
  })
  if (result.status === 'too-many') {
    const { userId } = result
    logSecurityEvent(context, c, { event: 'limit-reached', limit: 'drafts', userId })
  }
  if (result.status === 'empty') return { status: 'none' }
  if (result.status !== 'saved') return { status: 'failed' }
  return { status: 'saved', path: draftPath(path, result.id), userId: result.userId }
}

/** Whether a path can be that of one of our forms. Each part of one has the format of a short code. */
function isFormPath(path: string): boolean {
  const [empty, ...parts] = path.split('/')
  return empty === '' && parts.length <= 4 && parts.every((part) => isShortCode(decodePart(part)))
}

/** A part of a path. Empty if it cannot be decoded. */
function decodePart(part: string): string {
  try {
    return codeOfSegment(decodeURIComponent(part))
  } catch {
    return ''
  }
}

/** As in the URL of the request: a path is encoded in a `Location`. */
function pathOf(c: RequestContext): string {
  return new URL(c.req.url).pathname
}

function pickText(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** Changes the `Location` of a redirect so that it ends at the form with its draft. */
async function redirectToDraft(
  context: DraftContext,
  c: RequestContext,
  headers: Headers,
): Promise<void> {
  const saved = await c.var.saveDraft?.()
  if (saved?.status === 'failed')
    await c.var.exchange.flash({ kind: 'error', message: draftNotSavedMessage })
  const isEmpty = saved?.status === 'none' && context.web.isSameOrigin(c.var.exchange)
  if (isEmpty) leadTo(context, headers, c.req.path)
  if (saved?.status !== 'saved') return
  const location = new URL(headers.get('Location') ?? '/', context.options.baseUrl)
  location.searchParams.set('next', saved.path)
  // Without a sign-in page in between, the secret was just replaced: the form opens with the new one.
  const isSignInPage = ['/login', '/reauthenticate'].includes(location.pathname)
  headers.set('Location', isSignInPage ? location.pathname + location.search : saved.path)
}

const draftNotSavedMessage = 'Your form was not submitted, and we could not save what you typed.'

/** The input of a form that was interrupted. */
export interface RestoredDraft {
  readonly draft: string
  readonly fields: DraftFields
}

/** The draft that the URL names. `null` without one, and for drafts of other users or other pages. */
export async function loadDraft(
  context: DraftContext,
  c: RequestContext,
): Promise<RestoredDraft | null> {
  const draft = c.req.query(draftField)
  const userId = c.var.viewer?.id
  if (draft === undefined || userId === undefined) return null
  const fields = await context.drafts.find({ id: draft, userId, path: pathOf(c) })
  return fields === null ? null : { draft, fields }
}

/** Id of the draft that filled the form of the request, or empty. */
export async function draftIdOf(c: RequestContext): Promise<string> {
  return pickText((await c.var.exchange.form()) ?? new FormData(), draftField)
}

/** Deletes the draft of an accepted form. The operation is done, so an error here must not change the response. */
export async function discardDraft(context: DraftContext, c: RequestContext): Promise<void> {
  const userId = c.var.viewer?.id
  if (userId === undefined) return
  try {
    await context.drafts.discard({ id: await draftIdOf(c), userId })
  } catch (error) {
    const { requestId } = c.var
    context.log.warn({ requestId, error }, 'draft not deleted')
  }
}

/** URL path of a form with a draft. */
function draftPath(path: string, draft: string): string {
  return `${path}?${draftField}=${draft}`
}

/** Whether a path, such as the target after signing in, is that of a form with a draft. */
export function isDraftPath(path: string | null): boolean {
  return path?.includes(`?${draftField}=`) === true
}
