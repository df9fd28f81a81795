import type { Hono } from 'hono'
import type { ShortenLinkResult } from '../../../application/links/shorten-link.ts'
import { type FieldErrors, noErrors } from '../components/fields.tsx'
import { dateTimeInputValue, retryText } from '../components/texts.ts'
import { discardDraft, draftableForm, draftFormGuards, loadDraft } from '../forms/drafts.ts'
import { errorsByField } from '../forms/field-names.ts'
import { formSchema, formText, optionalFormText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { userGuards } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { notFound, respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'
import { signOutDeletedAccount } from '../responses/sign-out-deleted-account.ts'
import { shortUrlOf } from '../short-url.ts'
import { emptyLinkForm, type LinkFormValues } from './link-form.tsx'
import { CreatedPage, CreatePage, EditPage } from './link-pages.tsx'
import { requestedLink } from './requested-link.ts'

const createForm = draftableForm(
  { original_url: formText, short_code: formText, expires_at: formText },
  ['original_url', 'short_code', 'expires_at'],
)
const editForm = draftableForm({ original_url: optionalFormText, expires_at: optionalFormText }, [
  'original_url',
  'expires_at',
])
const deleteForm = formSchema({})

/** Routes that create, edit and delete links. */
export function addLinkRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const { csrfGuard } = context.sessions
  const guards = userGuards(context)
  app.get('/create', ...guards, (c) => showCreateForm(context, c))
  app.post('/create', ...draftFormGuards(context, createForm), (c) => create(context, c))
  app.get('/links/:code/edit', ...guards, (c) => showEditForm(context, c))
  app.post('/links/:code/edit', ...draftFormGuards(context, editForm), (c) => edit(context, c))
  app.post('/links/:code/delete', ...guards, csrfGuard, (c) => remove(context, c))
}

interface CreateFormState {
  readonly values: LinkFormValues
  readonly status: 200 | 400 | 409 | 429
  readonly fieldErrors: FieldErrors
  readonly problem: string | null
  readonly draft: string
  readonly isRestored: boolean
}

const emptyState: CreateFormState = {
  values: emptyLinkForm,
  status: 200,
  fieldErrors: noErrors,
  problem: null,
  draft: '',
  isRestored: false,
}

async function showCreateForm(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const restored = await loadDraft(context, c)
  if (restored === null) return renderCreateForm(context, c, emptyState)
  const { draft, fields } = restored
  const values = {
    destination: fields.original_url ?? '',
    shortCode: fields.short_code ?? '',
    expiresAt: fields.expires_at ?? '',
  }
  return renderCreateForm(context, c, { ...emptyState, values, draft, isRestored: true })
}

async function renderCreateForm(
  context: HttpContext,
  c: UserRequestContext,
  state: CreateFormState,
): Promise<Response> {
  const frame = await frameOf(context, c)
  const { shortBaseUrl } = context.options
  const { status, ...rest } = state
  return page(c, <CreatePage {...{ frame, shortBaseUrl }} {...rest} />, status)
}

async function create(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, createForm.schema)
  if (form instanceof Response) return form
  const values = {
    destination: form.original_url,
    shortCode: form.short_code,
    expiresAt: form.expires_at,
  }
  const result = await context.links.shorten({
    ownerId: c.var.user.id,
    destination: values.destination,
    shortCode: values.shortCode,
    expiresAt: values.expiresAt,
  })
  if (result.status === 'owner-deleted') return signOutDeletedAccount(c)
  if (result.status !== 'shortened') {
    const rejected = toRejectedState(context, c, { values, result })
    return renderCreateForm(context, c, { ...rejected, draft: form.draft })
  }
  await discardDraft(context, c, form.draft)

  const { shortCode, destination, expiresAt } = result.link
  const frame = await frameOf(context, c, { isAfterPost: true })
  const shortUrl = shortUrlOf(context.options.shortBaseUrl, shortCode)
  return page(c, <CreatedPage {...{ frame, shortCode, shortUrl, destination, expiresAt }} />)
}

interface RejectedLink {
  readonly values: LinkFormValues
  readonly result: Exclude<ShortenLinkResult, { status: 'shortened' | 'owner-deleted' }>
}

function toRejectedState(
  context: HttpContext,
  c: UserRequestContext,
  { values, result }: RejectedLink,
): CreateFormState {
  if (result.status === 'invalid') {
    return { ...emptyState, values, status: 400, fieldErrors: errorsByField(result.fields) }
  }
  if (result.status === 'short-code-taken') {
    return { ...emptyState, values, status: 409, fieldErrors: { short_code: codeTakenMessage } }
  }
  logSecurityEvent(context, c, { event: 'limit-reached', limit: 'links', userId: c.var.user.id })
  c.header(...retryAfterHeader(result.retryAfterSeconds))
  const problem = `${tooManyMessage} ${retryText(result.retryAfterSeconds)}`
  return { ...emptyState, values, status: 429, problem }
}

const codeTakenMessage = 'This short code is already in use. Choose another.'
const tooManyMessage = 'You have created a lot of links.'

async function showEditForm(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const link = await context.links.find(requestedLink(c))
  if (link === null) return respondWithProblem(context, c, notFound)
  const restored = await loadDraft(context, c)
  const values = {
    destination: restored?.fields.original_url ?? link.destination,
    expiresAt: restored?.fields.expires_at ?? dateTimeInputValue(link.expiresAt),
  }
  const isRestored = restored !== null
  return renderEditForm(context, c, {
    values,
    fieldErrors: noErrors,
    draft: restored?.draft ?? '',
    isRestored,
  })
}

async function edit(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, editForm.schema)
  if (form instanceof Response) return form
  const result = await context.links.edit({
    ...requestedLink(c),
    ...(form.original_url === undefined ? {} : { destination: form.original_url }),
    ...(form.expires_at === undefined ? {} : { expiresAt: form.expires_at }),
  })
  if (result.status === 'not-found') return respondWithProblem(context, c, notFound)
  if (result.status === 'invalid') {
    const values = { destination: form.original_url ?? '', expiresAt: form.expires_at ?? '' }
    const fieldErrors = errorsByField(result.fields)
    return renderEditForm(context, c, { values, fieldErrors, draft: form.draft, isRestored: false })
  }
  await discardDraft(context, c, form.draft)
  await c.var.exchange.flash({
    kind: 'success',
    message: `Changes to /${result.link.shortCode} saved.`,
  })
  return c.redirect('/dashboard', 303)
}

interface EditFormState {
  readonly values: Pick<LinkFormValues, 'destination' | 'expiresAt'>
  readonly fieldErrors: FieldErrors
  readonly draft: string
  readonly isRestored: boolean
}

async function renderEditForm(context: HttpContext, c: UserRequestContext, state: EditFormState) {
  const frame = await frameOf(context, c)
  const { shortCode } = requestedLink(c)
  const shortUrl = shortUrlOf(context.options.shortBaseUrl, shortCode)
  const status = state.fieldErrors === noErrors ? 200 : 400
  return page(c, <EditPage {...{ frame, shortCode, shortUrl }} {...state} />, status)
}

async function remove(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, deleteForm)
  if (form instanceof Response) return form
  const removed = await context.links.remove(requestedLink(c))
  if (!removed) return respondWithProblem(context, c, notFound)
  await c.var.exchange.flash({
    kind: 'success',
    message: `Link /${requestedLink(c).shortCode} deleted.`,
  })
  return c.redirect('/dashboard', 303)
}
