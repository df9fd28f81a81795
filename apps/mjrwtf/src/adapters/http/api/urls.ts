import type { Hono } from 'hono'
import type { LinkWithClicks } from '../../../application/ports/link-repository.ts'
import type { Link } from '../../../domain/link.ts'
import type { FieldError, Throttled } from '../../../domain/results.ts'
import { errorsByField } from '../forms/field-names.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { requestedLink } from '../links/requested-link.ts'
import { pagingSchema } from '../responses/paging.ts'
import { notFound, type Problem, respondWithProblem } from '../responses/problem.tsx'
import { rateLimited } from '../responses/rate-limited.ts'
import { shortUrlOf } from '../short-url.ts'
import { apiGuards, requireJsonBody, respondUnauthenticated } from './api-guards.ts'
import { createBody, patchBody } from './bodies.ts'
import { readJson, readQuery } from './read-json.ts'

/** The user's links. Links of other users return 404. */
export function addUrlRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const guards = apiGuards(context)
  const body = requireJsonBody(context)
  app.post('/api/urls', ...guards, body, (c) => create(context, c))
  app.get('/api/urls', ...guards, (c) => list(context, c))
  app.get('/api/urls/:code', ...guards, (c) => show(context, c))
  app.patch('/api/urls/:code', ...guards, body, (c) => change(context, c))
  app.delete('/api/urls/:code', ...guards, (c) => remove(context, c))
}

async function create(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const body = await readJson(context, c, createBody)
  if (body instanceof Response) return body
  const result = await context.links.shorten({
    ownerId: c.var.user.id,
    destination: body.original_url,
    shortCode: body.short_code ?? null,
    expiresAt: body.expires_at ?? null,
  })
  switch (result.status) {
    case 'shortened':
      return c.json(linkJson(context, result.link), 201)
    case 'invalid':
      return respondWithProblem(context, c, invalidFields(result.fields))
    case 'owner-deleted':
      return respondUnauthenticated(context, c)
    case 'short-code-taken':
      return respondWithProblem(context, c, shortCodeTaken)
    case 'throttled':
      return respondWithProblem(context, c, tooManyLinks(context, c, result))
  }
}

async function list(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const paging = await readQuery(context, c, pagingSchema)
  if (paging instanceof Response) return paging
  const page = await context.links.list({ ownerId: c.var.user.id, ...paging })
  const urls = page.links.map((link) => linkWithClicksJson(context, link))
  return c.json({ urls, total: page.total, limit: paging.limit, offset: paging.offset })
}

async function show(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const link = await context.links.find(requestedLink(c))
  return link === null
    ? respondWithProblem(context, c, notFound)
    : c.json(linkWithClicksJson(context, link))
}

async function change(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const body = await readJson(context, c, patchBody)
  if (body instanceof Response) return body
  const result = await context.links.edit({
    ...requestedLink(c),
    ...(body.original_url === undefined ? {} : { destination: body.original_url }),
    ...(body.expires_at === undefined ? {} : { expiresAt: body.expires_at }),
  })
  if (result.status === 'not-found') return respondWithProblem(context, c, notFound)
  if (result.status === 'invalid')
    return respondWithProblem(context, c, invalidFields(result.fields))
  return c.json(linkWithClicksJson(context, result.link))
}

async function remove(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const removed = await context.links.remove(requestedLink(c))
  return removed ? c.body(null, 204) : respondWithProblem(context, c, notFound)
}

function linkJson(context: HttpContext, link: Link) {
  return {
    short_code: link.shortCode,
    short_url: shortUrlOf(context.options.shortBaseUrl, link.shortCode),
    original_url: link.destination,
    created_at: new Date(link.createdAt).toISOString(),
    expires_at: link.expiresAt === null ? null : new Date(link.expiresAt).toISOString(),
  }
}

function linkWithClicksJson(context: HttpContext, link: LinkWithClicks) {
  return { ...linkJson(context, link), click_count: link.clickCount }
}

/** A 400 with the field errors of a use case. */
export function invalidFields(fields: readonly FieldError<string>[]): Problem {
  return {
    status: 400,
    code: 'invalid_request',
    message: 'Some fields are invalid.',
    fields: errorsByField(fields),
  }
}

const shortCodeTaken: Problem = {
  status: 409,
  code: 'short_code_taken',
  message: 'This short code is already in use.',
  fields: { short_code: 'This short code is already in use. Choose another.' },
}

function tooManyLinks(context: HttpContext, c: UserRequestContext, throttled: Throttled): Problem {
  const message = 'You have created a lot of links.'
  return rateLimited(context, c, { limit: 'links', userId: c.var.user.id, throttled, message })
}
