import type { z } from 'zod'
import type { DraftFields } from '../../../domain/draft.ts'
import type {
  AppMiddleware,
  HttpContext,
  RequestContext,
  SavedDraft,
  UserRequestContext,
} from '../http-context.ts'
import { recentUserGuards, userGuards } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { draftField, draftPath, isFormPath } from './draft-path.ts'
import { formSchema, formText, optionalFormText } from './forms.ts'

/** A form with text in it that is not lost when its sending is interrupted. */
export interface DraftableForm<Schema extends z.ZodType> {
  /** The fields of the form, closed, with those of `DraftFields`. */
  readonly schema: Schema
  /** Names of the fields that may be kept. A password or a code is never among them. */
  readonly draftFields: readonly string[]
}

/** A form whose page shows `DraftFields`. */
export function draftableForm<Shape extends z.ZodRawShape>(
  shape: Shape,
  draftFields: readonly (keyof Shape & string)[],
) {
  const controlFields = { [formOwnerField]: optionalFormText, [draftField]: formText }
  return { schema: formSchema({ ...shape, ...controlFields }), draftFields }
}

/** For whom the page of the form was made. */
const formOwnerField = 'form_owner'

/**
 * What a typed form goes through. Where a guard sends its sender away, to sign in or to show who they are, what was
 * typed is kept and waits on the form's page; where the CSRF token is out of date, see `offerBack`.
 */
export function draftFormGuards(context: HttpContext, form: DraftableForm<z.ZodType>) {
  const { csrfGuard } = context.sessions
  return [
    saveDraftOnRejection(context, form),
    ...userGuards(context),
    csrfGuard,
    markAccepted,
  ] as const
}

/** The same for what asks for a step-up. */
export function recentDraftFormGuards(context: HttpContext, form: DraftableForm<z.ZodType>) {
  const { csrfGuard } = context.sessions
  return [
    saveDraftOnRejection(context, form),
    ...recentUserGuards(context),
    csrfGuard,
    markAccepted,
  ] as const
}

const markAccepted: AppMiddleware = (c, next) => {
  c.set('formAccepted', true)
  return next()
}

function saveDraftOnRejection(context: HttpContext, form: DraftableForm<z.ZodType>): AppMiddleware {
  return async (c, next) => {
    let saving: Promise<SavedDraft> | null = null
    c.set('saveDraft', () => {
      saving ??= saveDraft(context, c, form)
      return saving
    })
    await next()
    if (c.var.formAccepted !== true && c.res.status === 303)
      await redirectToDraft(context, c, c.res.headers)
  }
}

/** Writes for nobody whom another site has sent, and nothing but what the form names. */
async function saveDraft(
  context: HttpContext,
  c: RequestContext,
  form: DraftableForm<z.ZodType>,
): Promise<SavedDraft> {
  const { exchange } = c.var
  const { path } = c.req
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

function pickText(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** Turns the way of somebody who is sent away so that it ends at what they had typed. */
async function redirectToDraft(
  context: HttpContext,
  c: RequestContext,
  headers: Headers,
): Promise<void> {
  const saved = await c.var.saveDraft?.()
  if (saved?.status === 'failed')
    await c.var.exchange.flash({ kind: 'error', message: draftNotSavedMessage })
  if (saved?.status !== 'saved') return
  const location = new URL(headers.get('Location') ?? '/', context.options.baseUrl)
  location.searchParams.set('next', saved.path)
  // Where nobody has to show who they are the secret was just replaced, and the page will open by itself.
  const isSignInPage = ['/login', '/reauthenticate'].includes(location.pathname)
  headers.set('Location', isSignInPage ? location.pathname + location.search : saved.path)
}

const draftNotSavedMessage = 'Your form was not submitted, and we could not save what you typed.'

/** What fills a form: what its sender typed before it was interrupted. */
export interface RestoredDraft {
  readonly draft: string
  readonly fields: DraftFields
}

/** What the user had typed on this page; `null` without, and for every draft that is not theirs, or not of this page. */
export async function loadDraft(
  context: HttpContext,
  c: UserRequestContext,
): Promise<RestoredDraft | null> {
  const draft = c.req.query(draftField)
  if (draft === undefined) return null
  const reference = { id: draft, userId: c.var.user.id, path: c.req.path }
  const fields = await context.drafts.find(reference)
  return fields === null ? null : { draft, fields }
}

/** Forgets the draft of a form that was taken. What was done is done: no failure here may say otherwise. */
export async function discardDraft(
  context: HttpContext,
  c: UserRequestContext,
  draft: string,
): Promise<void> {
  try {
    await context.drafts.discard({ id: draft, userId: c.var.user.id })
  } catch (error) {
    const { requestId } = c.var
    context.log.warn({ requestId, error }, 'a draft stays until it expires')
  }
}
