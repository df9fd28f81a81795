import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import { z } from 'zod'
import type { ManageLinks } from '../../../application/operator/manage-links.ts'
import type { FoundLink } from '../../../application/ports/take-down-repository.ts'
import { takeDownReasons } from '../../../domain/take-down.ts'
import { addAction } from '../forms/form-page.ts'
import { defineForm, readForm } from '../forms/forms.ts'
import { returnWithReason } from '../forms/interrupted.ts'
import type { AppEnv, PageContext, RequestContext, UserRequestContext } from '../http-context.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { parseEntryCursor } from '../responses/cursor.ts'
import { readEntries } from '../responses/entries.ts'
import { frameOf, page } from '../responses/page.ts'
import { pagingOrDefault } from '../responses/paging.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { ManagedLinkPage, managedLinkPath } from './managed-link-page.tsx'
import { ManagedLinksPage } from './managed-links-page.tsx'

export interface ManagedLinksContext extends PageContext, ReadContext {
  readonly manageLinks: ManageLinks
}

const path = '/settings/links'

/** Administrators find the links of all users, take them down and restore them. */
export function addManagedLinkRoutes(app: Hono<AppEnv>, context: ManagedLinksContext): void {
  const routes = operatorRoutes(app, context)
  routes.get(
    path,
    limitPage(context, (c) => showLinks(context, c)),
  )
  routes.get(`${path}/:id`, (c) => showLink(context, c))
  const reviewPath = (c: RequestContext) => managedLinkPath(c.req.param('id') ?? '')
  routes.post(
    `${path}/:id/take-down`,
    (c) => takeDown(context, c),
    returnWithReason(context, reviewPath),
  )
  const actions = { restore, dismiss }
  for (const [name, run] of Object.entries(actions)) {
    addAction(routes, context, {
      path: `${path}/:id/${name}`,
      run: (c) => run(context, c),
      reviewPath,
    })
  }
}

async function showLinks(context: ManagedLinksContext, c: UserRequestContext): Promise<Response> {
  const { limit } = pagingOrDefault(c.req.query())
  const query = (c.req.query('q') ?? '').trim()
  const placeOf = ({ createdAt: at, id }: FoundLink) => ({ at, id })
  const cursor = parseEntryCursor(c.req.query('cursor') ?? '')
  const list = await readEntries(cursor, placeOf, async (start) => {
    const request = { text: query, start, limit }
    const { links, hasMore } = await context.manageLinks.list(c.var.user, request)
    return { entries: links, hasMore }
  })
  const frame = await frameOf(context, c)
  const { shortBaseUrl } = context.options
  return page(c, <ManagedLinksPage {...{ frame, list, limit, query, shortBaseUrl }} />)
}

async function showLink(context: ManagedLinksContext, c: UserRequestContext): Promise<Response> {
  const found = await context.manageLinks.find(c.var.user, idOf(c))
  if (found === null) return respondWithProblem(context, c, linkNotFound)
  const frame = await frameOf(context, c)
  const { shortBaseUrl } = context.options
  const reason = c.req.query('reason') ?? null
  return page(c, <ManagedLinkPage {...{ frame, shortBaseUrl, reason, ...found }} />)
}

const takeDownForm = defineForm({ reason: z.enum(takeDownReasons, 'Choose a reason.') })

async function takeDown(context: ManagedLinksContext, c: UserRequestContext): Promise<Response> {
  c.var.acceptForm?.()
  const form = await readForm(context, c, takeDownForm.schema)
  if (isResponse(form)) return form
  const result = await context.manageLinks.takeDown(c.var.user, idOf(c), form.reason)
  if (result.status === 'not-found') return respondWithProblem(context, c, linkNotFound)
  const { shortCode, ownerEmail } = result.link
  if (result.status === 'already-taken-down') {
    return redirectToLink(context, c, `/${shortCode} is taken down already.`)
  }
  logLinkChange(context, c, `taken-down ${shortCode}`)
  return redirectToLink(context, c, `/${shortCode} is taken down. ${ownerEmail} was notified.`)
}

async function restore(context: ManagedLinksContext, c: UserRequestContext): Promise<Response> {
  const result = await context.manageLinks.restore(c.var.user, idOf(c))
  if (result.status === 'not-found') return respondWithProblem(context, c, linkNotFound)
  const { shortCode, ownerEmail } = result.link
  if (result.status === 'not-taken-down') {
    return redirectToLink(context, c, `/${shortCode} is not taken down. Nothing was changed.`)
  }
  logLinkChange(context, c, `restored ${shortCode}`)
  return redirectToLink(context, c, `/${shortCode} is restored. ${ownerEmail} was notified.`)
}

async function dismiss(context: ManagedLinksContext, c: UserRequestContext): Promise<Response> {
  const count = await context.manageLinks.dismissReports(c.var.user, idOf(c))
  if (count === null) return respondWithProblem(context, c, linkNotFound)
  const event = 'operator-closed-report'
  if (count > 0)
    logSecurityEvent(context, c, { event, userId: c.var.user.id, detail: `link ${idOf(c)}` })
  const message = count === 0 ? 'There was no report to dismiss.' : `Reports dismissed: ${count}.`
  return redirectWithFlash(context, c, { message, to: '/settings/reports' })
}

function logLinkChange(context: ManagedLinksContext, c: UserRequestContext, detail: string): void {
  logSecurityEvent(context, c, { event: 'operator-changed-link', userId: c.var.user.id, detail })
}

function redirectToLink(context: ManagedLinksContext, c: UserRequestContext, message: string) {
  return redirectWithFlash(context, c, { message, to: managedLinkPath(idOf(c)) })
}

function idOf(c: UserRequestContext): string {
  return c.req.param('id') ?? ''
}

const linkNotFound: Problem = {
  status: 404,
  code: 'not_found',
  title: 'Link not found',
  message: 'There is no such link. Its owner may have deleted the account.',
  nextStep: { path, label: 'Back to all links' },
}
