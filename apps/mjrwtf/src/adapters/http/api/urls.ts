import type { Hono } from 'hono'
import type { LinkWithClicks } from '../../../application/ports/link-repository.ts'
import type { Link } from '../../../domain/link.ts'
import type { FieldError, Throttled } from '../../../domain/refusals.ts'
import { problemsByField } from '../field-names.ts'
import { limitReached } from '../limits.ts'
import { ownLink } from '../own-link.ts'
import { pagingSchema } from '../paging.ts'
import { answerProblem, notFound, type Problem } from '../problem.tsx'
import { shortUrlOf } from '../short-url.ts'
import type { AppEnv, Site, UserContext } from '../site.ts'
import { answerUnauthenticated, apiGuards, jsonBodies } from './api-guards.ts'
import { createBody, patchBody } from './bodies.ts'
import { readJson, readQuery } from './read-json.ts'

/** The links of whoever asks; other people's are not there. */
export function addUrlRoutes(app: Hono<AppEnv>, site: Site): void {
  const guards = apiGuards(site)
  const body = jsonBodies(site)
  app.post('/api/urls', ...guards, body, (c) => create(site, c))
  app.get('/api/urls', ...guards, (c) => list(site, c))
  app.get('/api/urls/:code', ...guards, (c) => show(site, c))
  app.patch('/api/urls/:code', ...guards, body, (c) => change(site, c))
  app.delete('/api/urls/:code', ...guards, (c) => remove(site, c))
}

async function create(site: Site, c: UserContext): Promise<Response> {
  const body = await readJson(site, c, createBody)
  if (body instanceof Response) return body
  const result = await site.useCases.shortenLink({
    ownerId: c.var.user.id,
    destination: body.original_url,
    shortCode: body.short_code ?? null,
    expiresAt: body.expires_at ?? null,
  })
  switch (result.status) {
    case 'shortened':
      return c.json(linkJson(site, result.link), 201)
    case 'invalid':
      return answerProblem(site, c, invalid(result.fields))
    case 'owner-gone':
      return answerUnauthenticated(site, c)
    case 'short-code-taken':
      return answerProblem(site, c, shortCodeTaken)
    case 'throttled':
      return answerProblem(site, c, tooMany(site, c, result))
  }
}

async function list(site: Site, c: UserContext): Promise<Response> {
  const paging = await readQuery(site, c, pagingSchema)
  if (paging instanceof Response) return paging
  const page = await site.useCases.listLinks({ ownerId: c.var.user.id, ...paging })
  const urls = page.links.map((link) => countedLinkJson(site, link))
  return c.json({ urls, total: page.total, limit: paging.limit, offset: paging.offset })
}

async function show(site: Site, c: UserContext): Promise<Response> {
  const link = await site.useCases.findOwnLink(ownLink(c))
  return link === null ? answerProblem(site, c, notFound) : c.json(countedLinkJson(site, link))
}

async function change(site: Site, c: UserContext): Promise<Response> {
  const body = await readJson(site, c, patchBody)
  if (body instanceof Response) return body
  const result = await site.useCases.editLink({
    ...ownLink(c),
    ...(body.original_url === undefined ? {} : { destination: body.original_url }),
    ...(body.expires_at === undefined ? {} : { expiresAt: body.expires_at }),
  })
  if (result.status === 'not-found') return answerProblem(site, c, notFound)
  if (result.status === 'invalid') return answerProblem(site, c, invalid(result.fields))
  return c.json(countedLinkJson(site, result.link))
}

async function remove(site: Site, c: UserContext): Promise<Response> {
  const removed = await site.useCases.removeLink(ownLink(c))
  return removed ? c.body(null, 204) : answerProblem(site, c, notFound)
}

function linkJson(site: Site, link: Link) {
  return {
    short_code: link.shortCode,
    short_url: shortUrlOf(site.options.shortBaseUrl, link.shortCode),
    original_url: link.destination,
    created_at: new Date(link.createdAt).toISOString(),
    expires_at: link.expiresAt === null ? null : new Date(link.expiresAt).toISOString(),
  }
}

function countedLinkJson(site: Site, link: LinkWithClicks) {
  return { ...linkJson(site, link), click_count: link.clickCount }
}

/** What a use case found wrong with the fields of a request. */
export function invalid(fields: readonly FieldError<string>[]): Problem {
  return {
    status: 400,
    code: 'invalid_request',
    message: 'Some fields cannot be accepted.',
    fields: problemsByField(fields),
  }
}

const shortCodeTaken: Problem = {
  status: 409,
  code: 'short_code_taken',
  message: 'This short code is taken.',
  fields: { short_code: 'This short code is taken. Choose another.' },
}

function tooMany(site: Site, c: UserContext, throttled: Throttled): Problem {
  const message = 'Too many links in a short time. Try again later.'
  return limitReached(site, c, { limit: 'links', userId: c.var.user.id, throttled, message })
}
