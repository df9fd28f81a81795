import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { AddLinkCodeResult, CodesOfLink } from '../../../application/links/link-codes.ts'
import type { Links } from '../../../application/links/links.ts'
import type { LinkEditor } from '../../../domain/link-edit.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { tooManyCodesMessage } from '../links/code-messages.ts'
import { linkTakenDown, requestedLink } from '../links/link-fields.ts'
import { addCodeBody } from '../links/link-json.ts'
import { notFound, type Problem, respondWithProblem } from '../responses/problem.tsx'
import { codeOfSegment, linkUrl } from '../short-url.ts'
import { type ApiContext, apiGuards, requireJsonBody } from './api-guards.ts'
import { invalidFields, shortCodeTaken, tooManyLinks } from './link-problems.ts'
import { readJson } from './read-json.ts'

export interface LinkCodesApiContext extends ApiContext {
  readonly links: Pick<Links, 'listCodes' | 'addCode' | 'removeCode'>
}

/** The codes of a link. PATCH /api/urls/{code} changes the main one. */
export function addLinkCodesApiRoutes(app: Hono<AppEnv>, context: LinkCodesApiContext): void {
  const writeGuards = apiGuards(context, 'links:write')
  const path = '/api/urls/:code/codes'
  app.get(path, ...apiGuards(context, 'links:read'), (c) => list(context, c))
  app.post(path, ...writeGuards, requireJsonBody(context), (c) => add(context, c))
  app.delete(`${path}/:other`, ...writeGuards, (c) => remove(context, c))
}

async function list(context: LinkCodesApiContext, c: UserRequestContext): Promise<Response> {
  const found = await context.links.listCodes(requestedLink(c))
  return found === null
    ? respondWithProblem(context, c, notFound)
    : c.json(codesJson(context, found))
}

async function add(context: LinkCodesApiContext, c: UserRequestContext): Promise<Response> {
  const body = await readJson(context, c, addCodeBody)
  if (isResponse(body)) return body
  const own = requestedLink(c)
  const request = { ...own, added: body.short_code, isMain: false, by: editorOf(c) }
  const result = await context.links.addCode(request)
  if (result.status !== 'added')
    return respondWithProblem(context, c, codeProblem(context, c, result))
  const found = await context.links.listCodes(own)
  return found === null
    ? respondWithProblem(context, c, notFound)
    : c.json(codesJson(context, found), 201)
}

async function remove(context: LinkCodesApiContext, c: UserRequestContext): Promise<Response> {
  const code = codeOfSegment(c.req.param('other') ?? '')
  const removed = await context.links.removeCode({ ...requestedLink(c), removed: code })
  return removed ? c.body(null, 204) : respondWithProblem(context, c, notFound)
}

function codesJson({ options }: LinkCodesApiContext, { link, codes }: CodesOfLink) {
  return {
    codes: codes.map((shortCode) => ({
      short_code: shortCode,
      short_url: new URL(linkUrl(options.shortBaseUrl, { ...link, shortCode })).href,
      is_main: shortCode === link.shortCode,
    })),
  }
}

/** Whether a program or a page of this site calls the API. */
export function editorOf(c: UserRequestContext): LinkEditor {
  return c.var.token === null || c.var.token === undefined ? 'page' : 'api'
}

/** Why a link did not get a code. */
export function codeProblem(
  context: ApiContext,
  c: UserRequestContext,
  result: Exclude<AddLinkCodeResult, { readonly status: 'added' }>,
): Problem {
  switch (result.status) {
    case 'invalid':
      return invalidFields(result.fields)
    case 'short-code-taken':
      return shortCodeTaken
    case 'too-many':
      return { status: 409, code: 'too_many_codes', message: tooManyCodesMessage }
    case 'taken-down':
      return linkTakenDown
    case 'throttled':
      return tooManyLinks(context, c, result)
    case 'not-found':
      return notFound
  }
}
