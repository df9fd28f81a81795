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

const createForm = formSchema({
  original_url: formText,
  short_code: formText,
  expires_at: formText,
})
const editForm = formSchema({ original_url: optionalFormText, expires_at: optionalFormText })
const deleteForm = formSchema({})

/** Making, changing and deleting links. */
export function addLinkRoutes(app: Hono<AppEnv>, site: Site): void {
  const { csrfGuard } = site.sessions
  const guards = userGuards(site)
  app.get('/create', ...guards, (c) => showCreate(site, c, untouched))
  app.post('/create', ...guards, csrfGuard, (c) => create(site, c))
  app.get('/links/:code/edit', ...guards, (c) => showEdit(site, c))
  app.post('/links/:code/edit', ...guards, csrfGuard, (c) => edit(site, c))
  app.post('/links/:code/delete', ...guards, csrfGuard, (c) => remove(site, c))
}

interface CreateState {
  readonly values: LinkFormValues
  readonly status: 200 | 400 | 409 | 429
  readonly problems: Problems
  readonly problem: string | null
}

const untouched: CreateState = {
  values: emptyLinkForm,
  status: 200,
  problems: noProblems,
  problem: null,
}

async function showCreate(site: Site, c: UserContext, state: CreateState): Promise<Response> {
  const frame = await frameOf(site, c)
  const { shortBaseUrl } = site.options
  const { status, ...rest } = state
  return page(c, <CreatePage {...{ frame, shortBaseUrl }} {...rest} />, status)
}

async function create(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, createForm)
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
  if (result.status !== 'shortened')
    return showCreate(site, c, refusalOf(site, c, { values, result }))

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
    return { values, status: 400, problems: problemsByField(result.fields), problem: null }
  }
  if (result.status === 'short-code-taken') {
    return { values, status: 409, problems: { short_code: taken }, problem: null }
  }
  tellSecurityEvent(site, c, { event: 'limit-reached', limit: 'links', userId: c.var.user.id })
  c.header(...comeBackLater(result.retryAfterSeconds))
  return { values, status: 429, problems: noProblems, problem: tooMany }
}

const taken = 'This short code is taken. Choose another.'
const tooMany = 'You have made many links in a short time. Please wait a little.'

async function showEdit(site: Site, c: UserContext): Promise<Response> {
  const link = await site.useCases.findOwnLink(ownLink(c))
  if (link === null) return answerProblem(site, c, notFound)
  const values = { originalUrl: link.destination, expiresAt: inputValue(link.expiresAt) }
  return editPage(site, c, { values, problems: noProblems })
}

async function edit(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, editForm)
  if (form instanceof Response) return form
  const result = await site.useCases.editLink({
    ...ownLink(c),
    ...(form.original_url === undefined ? {} : { destination: form.original_url }),
    ...(form.expires_at === undefined ? {} : { expiresAt: form.expires_at }),
  })
  if (result.status === 'not-found') return answerProblem(site, c, notFound)
  if (result.status === 'invalid') {
    const values = { originalUrl: form.original_url ?? '', expiresAt: form.expires_at ?? '' }
    return editPage(site, c, { values, problems: problemsByField(result.fields) })
  }
  await c.var.exchange.flash({ kind: 'success', message: `Saved ${result.link.shortCode}.` })
  return c.redirect('/dashboard', 303)
}

interface EditState {
  readonly values: Pick<LinkFormValues, 'originalUrl' | 'expiresAt'>
  readonly problems: Problems
}

async function editPage(site: Site, c: UserContext, { values, problems }: EditState) {
  const frame = await frameOf(site, c)
  const { shortCode } = ownLink(c)
  const shortUrl = shortUrlOf(site.options.shortBaseUrl, shortCode)
  const status = problems === noProblems ? 200 : 400
  return page(c, <EditPage {...{ frame, shortCode, shortUrl, values, problems }} />, status)
}

async function remove(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, deleteForm)
  if (form instanceof Response) return form
  const removed = await site.useCases.removeLink(ownLink(c))
  if (!removed) return answerProblem(site, c, notFound)
  await c.var.exchange.flash({ kind: 'success', message: `Deleted ${ownLink(c).shortCode}.` })
  return c.redirect('/dashboard', 303)
}
