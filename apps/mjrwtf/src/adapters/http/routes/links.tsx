import type { Hono } from 'hono'
import type { ShortenLinkResult } from '../../../application/shorten-link.ts'
import { problemsByField } from '../field-names.ts'
import { formSchema, formText, optionalFormText, readForm } from '../forms.ts'
import { userGuards } from '../guards.ts'
import { leaveGoneAccount } from '../leave.ts'
import { ownLink } from '../own-link.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { inputValue, minuteText } from '../pages/dates.ts'
import { noProblems, type Problems } from '../pages/fields.tsx'
import { emptyLinkForm, type LinkFormValues } from '../pages/link-form.tsx'
import { CreatedPage, CreatePage, EditPage } from '../pages/link-pages.tsx'
import { answerProblem, comeBackLater, notFound } from '../problem.tsx'
import { tellSecurityEvent } from '../security-event.ts'
import { shortUrlOf } from '../short-url.ts'
import type { AppEnv, Site, UserContext } from '../site.ts'
import { findTyped, forgetTyped, typedForm, typedFormGuards } from '../typed-forms.ts'

const createForm = typedForm(
  { original_url: formText, short_code: formText, expires_at: formText },
  ['original_url', 'short_code', 'expires_at'],
)
const editForm = typedForm({ original_url: optionalFormText, expires_at: optionalFormText }, [
  'original_url',
  'expires_at',
])
const deleteForm = formSchema({})

/** Making, changing and deleting links. */
export function addLinkRoutes(app: Hono<AppEnv>, site: Site): void {
  const { csrfGuard } = site.sessions
  const guards = userGuards(site)
  app.get('/create', ...guards, (c) => openCreate(site, c))
  app.post('/create', ...typedFormGuards(site, createForm), (c) => create(site, c))
  app.get('/links/:code/edit', ...guards, (c) => showEdit(site, c))
  app.post('/links/:code/edit', ...typedFormGuards(site, editForm), (c) => edit(site, c))
  app.post('/links/:code/delete', ...guards, csrfGuard, (c) => remove(site, c))
}

interface CreateState {
  readonly values: LinkFormValues
  readonly status: 200 | 400 | 409 | 429
  readonly problems: Problems
  readonly problem: string | null
  readonly draft: string
  readonly isRestored: boolean
}

const untouched: CreateState = {
  values: emptyLinkForm,
  status: 200,
  problems: noProblems,
  problem: null,
  draft: '',
  isRestored: false,
}

async function openCreate(site: Site, c: UserContext): Promise<Response> {
  const restored = await findTyped(site, c)
  if (restored === null) return showCreate(site, c, untouched)
  const { draft, fields } = restored
  const values = {
    originalUrl: fields.original_url ?? '',
    shortCode: fields.short_code ?? '',
    expiresAt: fields.expires_at ?? '',
  }
  return showCreate(site, c, { ...untouched, values, draft, isRestored: true })
}

async function showCreate(site: Site, c: UserContext, state: CreateState): Promise<Response> {
  const frame = await frameOf(site, c)
  const { shortBaseUrl } = site.options
  const { status, ...rest } = state
  return page(c, <CreatePage {...{ frame, shortBaseUrl }} {...rest} />, status)
}

async function create(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, createForm.schema)
  if (form instanceof Response) return form
  const values = {
    originalUrl: form.original_url,
    shortCode: form.short_code,
    expiresAt: form.expires_at,
  }
  const result = await site.useCases.shortenLink({
    ownerId: c.var.user.id,
    destination: values.originalUrl,
    shortCode: values.shortCode,
    expiresAt: values.expiresAt,
  })
  if (result.status === 'owner-gone') return leaveGoneAccount(c)
  if (result.status !== 'shortened') {
    const refused = refusalOf(site, c, { values, result })
    return showCreate(site, c, { ...refused, draft: form.draft })
  }
  await forgetTyped(site, c, form.draft)

  const { shortCode, destination, expiresAt } = result.link
  const frame = await frameOf(site, c, { afterPost: true })
  const shortUrl = shortUrlOf(site.options.shortBaseUrl, shortCode)
  const expires = expiresAt === null ? null : minuteText(expiresAt)
  return page(c, <CreatedPage {...{ frame, shortCode, shortUrl, destination, expires }} />)
}

interface RefusedLink {
  readonly values: LinkFormValues
  readonly result: Exclude<ShortenLinkResult, { status: 'shortened' | 'owner-gone' }>
}

function refusalOf(site: Site, c: UserContext, { values, result }: RefusedLink): CreateState {
  if (result.status === 'invalid') {
    return { ...untouched, values, status: 400, problems: problemsByField(result.fields) }
  }
  if (result.status === 'short-code-taken') {
    return { ...untouched, values, status: 409, problems: { short_code: taken } }
  }
  tellSecurityEvent(site, c, { event: 'limit-reached', limit: 'links', userId: c.var.user.id })
  c.header(...comeBackLater(result.retryAfterSeconds))
  return { ...untouched, values, status: 429, problem: tooMany }
}

const taken = 'This short code is taken. Choose another.'
const tooMany = 'You have made many links in a short time. Please wait a little.'

async function showEdit(site: Site, c: UserContext): Promise<Response> {
  const link = await site.useCases.findOwnLink(ownLink(c))
  if (link === null) return answerProblem(site, c, notFound)
  const restored = await findTyped(site, c)
  const values = {
    originalUrl: restored?.fields.original_url ?? link.destination,
    expiresAt: restored?.fields.expires_at ?? inputValue(link.expiresAt),
  }
  const isRestored = restored !== null
  return editPage(site, c, {
    values,
    problems: noProblems,
    draft: restored?.draft ?? '',
    isRestored,
  })
}

async function edit(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, editForm.schema)
  if (form instanceof Response) return form
  const result = await site.useCases.editLink({
    ...ownLink(c),
    ...(form.original_url === undefined ? {} : { destination: form.original_url }),
    ...(form.expires_at === undefined ? {} : { expiresAt: form.expires_at }),
  })
  if (result.status === 'not-found') return answerProblem(site, c, notFound)
  if (result.status === 'invalid') {
    const values = { originalUrl: form.original_url ?? '', expiresAt: form.expires_at ?? '' }
    const problems = problemsByField(result.fields)
    return editPage(site, c, { values, problems, draft: form.draft, isRestored: false })
  }
  await forgetTyped(site, c, form.draft)
  await c.var.exchange.flash({ kind: 'success', message: `Saved ${result.link.shortCode}.` })
  return c.redirect('/dashboard', 303)
}

interface EditState {
  readonly values: Pick<LinkFormValues, 'originalUrl' | 'expiresAt'>
  readonly problems: Problems
  readonly draft: string
  readonly isRestored: boolean
}

async function editPage(site: Site, c: UserContext, state: EditState) {
  const frame = await frameOf(site, c)
  const { shortCode } = ownLink(c)
  const shortUrl = shortUrlOf(site.options.shortBaseUrl, shortCode)
  const status = state.problems === noProblems ? 200 : 400
  return page(c, <EditPage {...{ frame, shortCode, shortUrl }} {...state} />, status)
}

async function remove(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, deleteForm)
  if (form instanceof Response) return form
  const removed = await site.useCases.removeLink(ownLink(c))
  if (!removed) return answerProblem(site, c, notFound)
  await c.var.exchange.flash({ kind: 'success', message: `Deleted ${ownLink(c).shortCode}.` })
  return c.redirect('/dashboard', 303)
}
