import type { Hono } from 'hono'
import type { ShortDomains } from '../../../application/domains/short-domains.ts'
import type { ShortDomain } from '../../../domain/short-domain.ts'
import { addAction, addFormPage, type FormContext, rejectFields } from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { frameOf } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { DomainPage, DomainsPage, domainPath, domainsPath } from './domain-pages.tsx'

export interface DomainsContext extends FormContext {
  readonly domains: ShortDomains
}

type OperatorRoutes = GuardedRoutes<UserRequestContext>

const detailFields = { root_url: formText, not_found_url: formText, not_found_text: formText }
const newDomainForm = defineForm({ host: formText, ...detailFields })
const domainForm = defineForm(detailFields)

/** Administrators add further hosts of short links. For other users these pages return 404. */
export function addDomainRoutes(app: Hono<AppEnv>, context: DomainsContext): void {
  const routes = operatorRoutes(app, context)
  addNewDomain(routes, context)
  addChange(routes, context)
  addAction(routes, context, {
    path: `${domainsPath}/:host/remove`,
    run: (c) => remove(context, c),
    reviewPath: (c) => c.req.path.replace(/\/remove$/, ''),
  })
}

function addNewDomain(routes: OperatorRoutes, context: DomainsContext): void {
  addFormPage(routes, context, {
    path: domainsPath,
    form: newDomainForm,
    async render(c, state) {
      const frame = await frameOf(context, c)
      const defaultHost = defaultHostOf(context)
      const [domains, now] = [context.domains.list(), context.clock.now()]
      return <DomainsPage {...{ frame, defaultHost, domains, now }} {...state} />
    },
    async submit(c, { host, ...values }) {
      const result = await context.domains.add(host, detailsIn(values))
      if (result.status === 'invalid') return rejectFields(result.fields)
      log(context, c, { event: 'short-domain-added', host: result.host })
      const message = `Domain ${result.host} added. New links can use it.`
      return redirectWithFlash(context, c, { message, to: domainsPath })
    },
  })
}

function addChange(routes: OperatorRoutes, context: DomainsContext): void {
  addFormPage(routes, context, {
    path: `${domainsPath}/:host`,
    form: domainForm,
    async initialValues(c) {
      const domain = context.domains.find(hostIn(c))
      return domain === null ? respondWithProblem(context, c, noSuchDomain) : valuesOf(domain)
    },
    async render(c, state) {
      const host = hostIn(c)
      if (context.domains.find(host) === null) return respondWithProblem(context, c, noSuchDomain)
      const frame = await frameOf(context, c)
      return <DomainPage {...{ frame, host, defaultHost: defaultHostOf(context) }} {...state} />
    },
    async submit(c, values) {
      const host = hostIn(c)
      const result = await context.domains.change(host, detailsIn(values))
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'not-found') return respondWithProblem(context, c, noSuchDomain)
      log(context, c, { event: 'short-domain-changed', host })
      const message = `Changes to ${host} saved.`
      return redirectWithFlash(context, c, { message, to: domainPath(host) })
    },
  })
}

async function remove(context: DomainsContext, c: UserRequestContext): Promise<Response> {
  const host = hostIn(c)
  const removed = await context.domains.remove(host)
  if (!removed) return respondWithProblem(context, c, noSuchDomain)
  log(context, c, { event: 'short-domain-removed', host })
  const message = `Domain ${host} removed. Its links continue at ${defaultHostOf(context)}.`
  return redirectWithFlash(context, c, { message, to: domainsPath })
}

const noSuchDomain: Problem = {
  status: 404,
  code: 'not_found',
  message: 'This domain does not exist. Another administrator may have removed it.',
}

function hostIn(c: UserRequestContext): string {
  return c.req.param('host') ?? ''
}

function defaultHostOf({ options }: DomainsContext): string {
  return new URL(options.shortBaseUrl).host
}

interface DetailValues {
  readonly root_url: string
  readonly not_found_url: string
  readonly not_found_text: string
}

/** A browser sends the lines of a text with CR LF. */
function detailsIn({ root_url, not_found_url, not_found_text }: DetailValues) {
  const notFoundText = not_found_text.replaceAll('\r\n', '\n')
  return { rootUrl: root_url, notFoundUrl: not_found_url, notFoundText }
}

function valuesOf({ rootUrl, notFoundUrl, notFoundText }: ShortDomain): DetailValues {
  return {
    root_url: rootUrl ?? '',
    not_found_url: notFoundUrl ?? '',
    not_found_text: notFoundText,
  }
}

/** Domains belong to no user, so that their changes are in the log of the process. */
function log(
  context: DomainsContext,
  c: UserRequestContext,
  change: { readonly event: string; readonly host: string },
): void {
  const { requestId, user } = c.var
  context.log.info({ ...change, userId: user.id, requestId }, 'short domain changed')
}
