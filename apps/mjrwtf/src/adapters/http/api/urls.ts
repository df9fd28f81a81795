import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { Links } from '../../../application/links/links.ts'
import type { LinkWithClicks } from '../../../application/ports/link-repository.ts'
import type { Busy } from '../../../domain/results.ts'
import { utc } from '../../../domain/time-zone.ts'
import { rejectedText } from '../components/texts.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { linkTakenDown, requestedLink, toLinkInput } from '../links/link-fields.ts'
import { createLinkBody, editLinkBody, linkJson } from '../links/link-json.ts'
import { countSelected, listLinks } from '../links/list-links.ts'
import { listQuerySchema } from '../links/list-query.ts'
import { limitReads } from '../middleware/limit-reads.ts'
import {
  notFound,
  type Problem,
  respondWithProblem,
  retryAfterHeader,
} from '../responses/problem.tsx'
import { type ApiContext, apiGuards, requireJsonBody } from './api-guards.ts'
import { respondUnauthenticated } from './challenges.ts'
import { codeProblem, editorOf } from './link-codes.ts'
import { invalidFields, shortCodeTaken, tooManyLinks } from './link-problems.ts'
import { readJson, readQuery } from './read-json.ts'

export interface UrlsContext extends ApiContext {
  readonly links: Pick<
    Links,
    'shorten' | 'find' | 'list' | 'search' | 'count' | 'countListed' | 'edit' | 'addCode' | 'remove'
  >
}

/** The user's links. Links of other users return 404. */
export function addUrlRoutes(app: Hono<AppEnv>, context: UrlsContext): void {
  const readGuards = apiGuards(context, 'links:read')
  const writeGuards = apiGuards(context, 'links:write')
  const body = requireJsonBody(context)
  app.post('/api/urls', ...writeGuards, body, (c) => create(context, c))
  const list = limitReads(context, (c) => listUrls(context, c))
  app.get('/api/urls', ...readGuards, (c) => list(c))
  app.get('/api/urls/:code', ...readGuards, (c) => show(context, c))
  app.patch('/api/urls/:code', ...writeGuards, body, (c) => change(context, c))
  app.delete('/api/urls/:code', ...writeGuards, (c) => remove(context, c))
}

async function create(context: UrlsContext, c: UserRequestContext): Promise<Response> {
  const body = await readJson(context, c, createLinkBody)
  if (isResponse(body)) return body
  const result = await context.links.shorten({
    ownerId: c.var.user.id,
    shortCode: body.short_code,
    ipAddress: c.var.exchange.client.ipAddress,
    domain: body.domain,
    ...toLinkInput(body),
  })
  switch (result.status) {
    case 'shortened':
      return c.json(linkJson(result.link, context.options.shortBaseUrl), 201)
    case 'invalid':
      return respondWithProblem(context, c, invalidFields(result.fields))
    case 'owner-deleted':
      return respondUnauthenticated(context, c)
    case 'short-code-taken':
      return respondWithProblem(context, c, shortCodeTaken)
    case 'throttled':
      return respondWithProblem(context, c, tooManyLinks(context, c, result))
    case 'busy':
      return respondWithProblem(context, c, busy(result))
  }
}

async function listUrls(context: UrlsContext, c: UserRequestContext): Promise<Response> {
  const query = await readQuery(context, c, listQuerySchema)
  if (isResponse(query)) return query
  const ownerId = c.var.user.id
  const list = await listLinks(context.links, { ownerId, zone: utc, ...query })
  if (list === null) return respondWithProblem(context, c, offsetTooLarge)
  const { index, older } = list.range
  const selected = { ownerId, zone: utc, selection: query, range: list.range }
  const total = await countSelected(context.links, selected)
  return c.json({
    urls: list.links.map((link) => linkWithClicksJson(context, link)),
    total: total.links,
    total_is_minimum: total.isMinimum,
    limit: query.limit,
    offset: index,
    next_cursor: older,
  })
}

/** A search reads a limited number of links for each request. */
const offsetTooLarge = invalidFields([
  { field: 'offset', message: 'Use next_cursor as the cursor: this search skips too many links.' },
])

async function show(context: UrlsContext, c: UserRequestContext): Promise<Response> {
  const link = await context.links.find(requestedLink(c))
  return link === null
    ? respondWithProblem(context, c, notFound)
    : c.json(linkWithClicksJson(context, link))
}

async function change(context: UrlsContext, c: UserRequestContext): Promise<Response> {
  const body = await readJson(context, c, editLinkBody)
  if (isResponse(body)) return body
  const { short_code: renamed, ...details } = body
  if (renamed !== undefined) {
    return Object.keys(details).length === 0
      ? rename(context, c, renamed)
      : respondWithProblem(context, c, invalidFields([renamedAlone]))
  }
  const result = await context.links.edit({
    ...requestedLink(c),
    ipAddress: c.var.exchange.client.ipAddress,
    ...toLinkInput(body),
    by: editorOf(c),
  })
  if (result.status === 'not-found') return respondWithProblem(context, c, notFound)
  if (result.status === 'taken-down') return respondWithProblem(context, c, linkTakenDown)
  if (result.status === 'busy') return respondWithProblem(context, c, busy(result))
  if (result.status === 'invalid')
    return respondWithProblem(context, c, invalidFields(result.fields))
  return c.json(linkWithClicksJson(context, result.link))
}

/** The link gets a further code, which becomes the main one. A rename is a change of its own: it cannot be undone. */
async function rename(
  context: UrlsContext,
  c: UserRequestContext,
  added: string,
): Promise<Response> {
  const request = { ...requestedLink(c), added, isMain: true, by: editorOf(c) }
  const result = await context.links.addCode(request)
  return result.status === 'added'
    ? c.json(linkWithClicksJson(context, result.link))
    : respondWithProblem(context, c, codeProblem(context, c, result))
}

const renamedAlone = {
  field: 'shortCode',
  message: 'Send the new short code without other fields.',
}

async function remove(context: UrlsContext, c: UserRequestContext): Promise<Response> {
  const removed = await context.links.remove(requestedLink(c))
  return removed ? c.body(null, 204) : respondWithProblem(context, c, notFound)
}

function linkWithClicksJson({ options }: UrlsContext, link: LinkWithClicks) {
  return {
    ...linkJson(link, options.shortBaseUrl),
    click_count: link.clickCount,
    admitted_clicks: link.admittedClicks,
  }
}

function busy(result: Busy): Problem {
  return {
    status: 503,
    code: 'unavailable',
    message: rejectedText(result),
    headers: [retryAfterHeader(result.retryAfterSeconds)],
  }
}
