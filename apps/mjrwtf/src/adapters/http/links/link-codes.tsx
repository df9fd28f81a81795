import type { Hono } from 'hono'
import type { Links } from '../../../application/links/links.ts'
import { retryText } from '../components/texts.ts'
import {
  addAction,
  addFormPage,
  type FormContext,
  rejectFields,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineDraftForm, formText, optionalFormText } from '../forms/forms.ts'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { codeOfSegment, linkPath } from '../short-url.ts'
import { codeTakenMessage, tooManyCodesMessage } from './code-messages.ts'
import { CodesPage } from './codes-page.tsx'
import { linkTakenDown, requestedLink } from './link-fields.ts'

export interface LinkCodesContext extends FormContext {
  readonly links: Pick<Links, 'listCodes' | 'addCode' | 'removeCode'>
}

const addCodeForm = defineDraftForm({ short_code: formText, main: optionalFormText }, [
  'short_code',
  'main',
])

/** Routes that list, add and remove the codes of a link. */
export function addLinkCodesRoutes(app: Hono<AppEnv>, context: LinkCodesContext): void {
  const routes = userRoutes(app, context)
  addCodesForm(routes, context)
  addAction(routes, context, {
    path: '/links/:code/codes/:other/main',
    run: (c) => makeMain(context, c),
  })
  addAction(routes, context, {
    path: '/links/:code/codes/:other/remove',
    run: (c) => remove(context, c),
  })
}

function addCodesForm(routes: GuardedRoutes<UserRequestContext>, context: LinkCodesContext): void {
  addFormPage(routes, context, {
    path: '/links/:code/codes',
    form: addCodeForm,
    async render(c, state) {
      const found = await context.links.listCodes(requestedLink(c))
      if (found === null) return respondWithProblem(context, c, notFound)
      const frame = await frameOf(context, c)
      const { shortBaseUrl } = context.options
      return <CodesPage {...{ frame, shortBaseUrl, ...found }} {...state} />
    },
    async submit(c, { short_code, main }) {
      const isMain = main !== undefined
      const request = { ...requestedLink(c), added: short_code, isMain, by: 'page' } as const
      const result = await context.links.addCode(request)
      switch (result.status) {
        case 'added': {
          const message = isMain
            ? `Main code changed to /${result.code}.`
            : `Code /${result.code} added.`
          return { status: 'accepted', response: redirectToCodes(c, result.link, message) }
        }
        case 'invalid':
          return rejectFields(result.fields)
        case 'short-code-taken':
          return {
            status: 'rejected',
            httpStatus: 409,
            fieldErrors: { short_code: codeTakenMessage },
          }
        case 'too-many':
          return { status: 'rejected', httpStatus: 409, problem: tooManyCodesMessage }
        case 'throttled': {
          logSecurityEvent(context, c, {
            event: 'limit-reached',
            limit: 'links',
            userId: c.var.user.id,
          })
          return rejectForNow(
            result,
            `You have created a lot of codes. ${retryText(result.retryAfterSeconds)}`,
          )
        }
        case 'taken-down':
          return respondWithProblem(context, c, linkTakenDown)
        case 'not-found':
          return respondWithProblem(context, c, notFound)
      }
    },
  })
}

/** Makes a code that the link has already the main one. */
async function makeMain(context: LinkCodesContext, c: UserRequestContext): Promise<Response> {
  const own = requestedLink(c)
  const code = codeOfSegment(c.req.param('other') ?? '')
  const found = await context.links.listCodes(own)
  const request = { ...own, added: code, isMain: true, by: 'page' } as const
  if (found?.codes.includes(code) !== true) return respondWithProblem(context, c, notFound)
  const result = await context.links.addCode(request)
  if (result.status === 'taken-down') return respondWithProblem(context, c, linkTakenDown)
  if (result.status !== 'added') return respondWithProblem(context, c, notFound)
  return redirectToCodes(c, result.link, `Main code changed to /${result.code}.`)
}

async function remove(context: LinkCodesContext, c: UserRequestContext): Promise<Response> {
  const own = requestedLink(c)
  const code = codeOfSegment(c.req.param('other') ?? '')
  const removed = await context.links.removeCode({ ...own, removed: code })
  if (!removed) return respondWithProblem(context, c, notFound)
  const found = await context.links.listCodes(own)
  return redirectToCodes(c, found?.link ?? own, `Code /${code} removed.`)
}

async function redirectToCodes(
  c: UserRequestContext,
  { shortCode }: { readonly shortCode: string },
  message: string,
): Promise<Response> {
  await c.var.exchange.flash({ kind: 'success', message })
  return c.redirect(linkPath(shortCode, 'codes'), 303)
}
