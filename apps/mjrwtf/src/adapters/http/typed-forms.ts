import type { z } from 'zod'
import type { TypedFields } from '../../domain/draft.ts'
import { draftField, draftPath, isFormPath } from './draft-path.ts'
import { describe } from './failures.ts'
import { formSchema, formText, optionalFormText } from './forms.ts'
import { recentUserGuards, userGuards } from './guards.ts'
import { tellSecurityEvent } from './security-event.ts'
import type { AppContext, AppMiddleware, KeptTyped, Site, UserContext } from './site.ts'

/** A form with text in it that is not lost when its sending is interrupted. */
export interface TypedForm<Schema extends z.ZodType> {
  /** The fields of the form, closed, with those of `DraftFields`. */
  readonly schema: Schema
  /** Names of the fields that may be kept. A password or a code is never among them. */
  readonly keepable: readonly string[]
}

/** A form whose page shows `DraftFields`. */
export function typedForm<Shape extends z.ZodRawShape>(
  shape: Shape,
  keepable: readonly (keyof Shape & string)[],
) {
  const own = { [sealField]: optionalFormText, [draftField]: formText }
  return { schema: formSchema({ ...shape, ...own }), keepable }
}

/** For whom the page of the form was made. */
const sealField = 'form_seal'

/**
 * What a typed form goes through. Where a guard sends its sender away, to sign in or to show who they are, what was
 * typed is kept and waits on the form's page; where the CSRF token is out of date, see `offerBack`.
 */
export function typedFormGuards(site: Site, form: TypedForm<z.ZodType>) {
  const { csrfGuard } = site.sessions
  return [keepWhatIsTyped(site, form), ...userGuards(site), csrfGuard, accept] as const
}

/** The same for what asks for a step-up. */
export function recentTypedFormGuards(site: Site, form: TypedForm<z.ZodType>) {
  const { csrfGuard } = site.sessions
  return [keepWhatIsTyped(site, form), ...recentUserGuards(site), csrfGuard, accept] as const
}

const accept: AppMiddleware = (c, next) => {
  c.set('formAccepted', true)
  return next()
}

function keepWhatIsTyped(site: Site, form: TypedForm<z.ZodType>): AppMiddleware {
  return async (c, next) => {
    let kept: Promise<KeptTyped> | null = null
    c.set('keepTyped', () => {
      kept ??= keep(site, c, form)
      return kept
    })
    await next()
    if (c.var.formAccepted !== true && c.res.status === 303) await leadBack(site, c, c.res.headers)
  }
}

/** Writes for nobody whom another site has sent, and nothing but what the form names. */
async function keep(site: Site, c: AppContext, form: TypedForm<z.ZodType>): Promise<KeptTyped> {
  const { exchange } = c.var
  const { path } = c.req
  if (!site.web.isFromOwnPage(exchange) || !isFormPath(path)) return { status: 'nothing' }
  const sent = (await exchange.form()) ?? new FormData()
  const fields = Object.fromEntries(form.keepable.map((name) => [name, textIn(sent, name)]))
  const result = await site.useCases.keepDraft({ seal: textIn(sent, sealField), path, fields })
  if (result.status === 'too-many') {
    const { userId } = result
    tellSecurityEvent(site, c, { event: 'limit-reached', limit: 'drafts', userId })
  }
  if (result.status === 'nothing-typed') return { status: 'nothing' }
  if (result.status !== 'kept') return { status: 'lost' }
  return { status: 'kept', path: draftPath(path, result.id), userId: result.userId }
}

function textIn(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** Turns the way of somebody who is sent away so that it ends at what they had typed. */
async function leadBack(site: Site, c: AppContext, headers: Headers): Promise<void> {
  const kept = await c.var.keepTyped?.()
  if (kept?.status === 'lost') await c.var.exchange.flash({ kind: 'error', message: lost })
  if (kept?.status !== 'kept') return
  const to = new URL(headers.get('Location') ?? '/', site.options.baseUrl)
  to.searchParams.set('next', kept.path)
  // Where nobody has to show who they are the secret was just replaced, and the page will open by itself.
  const asks = ['/login', '/reauthenticate'].includes(to.pathname)
  headers.set('Location', asks ? to.pathname + to.search : kept.path)
}

const lost = 'Nothing was sent, and what you had typed could not be kept.'

/** What fills a form: what its sender typed before it was interrupted. */
export interface Restored {
  readonly draft: string
  readonly fields: TypedFields
}

/** What the user had typed on this page; `null` without, and for every draft that is not theirs, or not of this page. */
export async function findTyped(site: Site, c: UserContext): Promise<Restored | null> {
  const draft = c.req.query(draftField)
  if (draft === undefined) return null
  const sought = { id: draft, userId: c.var.user.id, path: c.req.path }
  const fields = await site.useCases.findDraft(sought)
  return fields === null ? null : { draft, fields }
}

/** Forgets the draft of a form that was taken. What was done is done: no failure here may say otherwise. */
export async function forgetTyped(site: Site, c: UserContext, draft: string): Promise<void> {
  try {
    await site.useCases.discardDraft({ id: draft, userId: c.var.user.id })
  } catch (error) {
    const { requestId } = c.var
    site.log.warn({ requestId, error: describe(error) }, 'a draft stays until it expires')
  }
}
