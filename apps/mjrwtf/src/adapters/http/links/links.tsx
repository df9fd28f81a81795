import type { Hono } from 'hono'
import type { ChangeLinks } from '../../../application/links/change-links.ts'
import type { Links } from '../../../application/links/links.ts'
import type { Link } from '../../../domain/link.ts'
import { retryText } from '../components/texts.ts'
import {
  addAction,
  addFormPage,
  type FormContext,
  rejectFields,
  rejectForNow,
} from '../forms/form-page.ts'
import { readLocalTimes } from '../forms/local-times.ts'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { signOutDeletedAccount } from '../responses/redirects.ts'
import { linkPath, shortUrlOf } from '../short-url.ts'
import { changeUrl } from './change-links.tsx'
import { codeTakenMessage } from './code-messages.ts'
import {
  createLinkForm,
  editLinkForm,
  formLinkInput,
  linkTakenDown,
  requestedLink,
  toFormValues,
} from './link-fields.ts'
import { CreatePage, EditPage } from './link-pages.tsx'
import { createPath, prefilledValues } from './prefilled-form.ts'

export interface LinksContext extends FormContext {
  readonly links: Pick<Links, 'shorten' | 'find' | 'edit'>
  readonly changeLinks: Pick<ChangeLinks, 'change'>
}

type Routes = GuardedRoutes<UserRequestContext>

/** Routes that create, change and delete links. */
export function addLinkRoutes(app: Hono<AppEnv>, context: LinksContext): void {
  const routes = userRoutes(app, context)
  addCreateForm(routes, context)
  addEditForm(routes, context)
  addAction(routes, context, { path: '/links/:code/delete', run: (c) => remove(context, c) })
}

function addCreateForm(routes: Routes, context: LinksContext): void {
  const { shortBaseUrl } = context.options
  addFormPage(routes, context, {
    path: createPath,
    form: createLinkForm,
    initialValues: prefilledValues,
    async render(c, state) {
      return <CreatePage frame={await frameOf(context, c)} shortBaseUrl={shortBaseUrl} {...state} />
    },
    async submit(c, input) {
      const userId = c.var.user.id
      const { short_code: shortCode, domain } = input
      const times = readLocalTimes(c, input, ['starts_at', 'expires_at'])
      if (times.status === 'rejected') return times
      const { ipAddress } = c.var.exchange.client
      const where = { shortCode, domain, ipAddress }
      const request = { ownerId: userId, ...where, ...formLinkInput(times.input) }
      const result = await context.links.shorten(request)
      if (result.status === 'owner-deleted') return signOutDeletedAccount(c)
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'short-code-taken') {
        return {
          status: 'rejected',
          httpStatus: 409,
          fieldErrors: { short_code: codeTakenMessage },
        }
      }
      if (result.status === 'throttled') {
        logSecurityEvent(context, c, { event: 'limit-reached', limit: 'links', userId })
        return rejectForNow(result, `${tooManyMessage} ${retryText(result.retryAfterSeconds)}`)
      }
      if (result.status === 'busy') return rejectForNow(result)
      return { status: 'accepted', response: redirectToLink(c, result.link, 'Link created.') }
    },
  })
}

const tooManyMessage = 'You have created a lot of links.'

function addEditForm(routes: Routes, context: LinksContext): void {
  addFormPage(routes, context, {
    path: '/links/:code/edit',
    form: editLinkForm,
    async initialValues(c) {
      const link = await context.links.find(requestedLink(c))
      if (link === null) return respondWithProblem(context, c, notFound)
      return link.takeDown === null
        ? toFormValues(link)
        : respondWithProblem(context, c, linkTakenDown)
    },
    async render(c, state) {
      const frame = await frameOf(context, c)
      const { shortCode } = requestedLink(c)
      const shortUrl = shortUrlOf(context.options.shortBaseUrl, shortCode)
      return <EditPage {...{ frame, shortCode, shortUrl }} {...state} />
    },
    async submit(c, input) {
      const times = readLocalTimes(c, input, ['starts_at', 'expires_at'])
      if (times.status === 'rejected') return times
      const result = await context.links.edit({
        ...requestedLink(c),
        ...formLinkInput(times.input),
        ipAddress: c.var.exchange.client.ipAddress,
        by: 'page',
      })
      if (result.status === 'not-found') return respondWithProblem(context, c, notFound)
      if (result.status === 'taken-down') return respondWithProblem(context, c, linkTakenDown)
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'busy') return rejectForNow(result)
      return { status: 'accepted', response: redirectToLink(c, result.link, 'Changes saved.') }
    },
  })
}

/** To the page of the link, so that a reload of the next page changes nothing. */
async function redirectToLink(
  c: UserRequestContext,
  { shortCode }: Pick<Link, 'shortCode'>,
  message: string,
): Promise<Response> {
  await c.var.exchange.flash({ kind: 'success', message })
  return c.redirect(linkPath(shortCode), 303)
}

async function remove(context: LinksContext, c: UserRequestContext): Promise<Response> {
  const link = await context.links.find(requestedLink(c))
  if (link === null) return respondWithProblem(context, c, notFound)
  const { ownerId, shortCode } = link
  const deletion = { ownerId, kind: 'delete', tag: '', newTag: '', links: [shortCode] } as const
  const result = await context.changeLinks.change(deletion)
  if (result.status === 'owner-deleted') return signOutDeletedAccount(c)
  await c.var.exchange.flash({ kind: 'success', message: `Link /${shortCode} deleted.` })
  return c.redirect(result.status === 'changed' ? changeUrl(result.id, null) : '/dashboard', 303)
}
