import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { OAuth } from '../../../application/oauth/oauth.ts'
import type { ClientApplication } from '../../../domain/client-application.ts'
import {
  addFormPage,
  type FormContext,
  type RejectedForm,
  rejectFields,
} from '../forms/form-page.ts'
import { defineForm } from '../forms/forms.ts'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { clientForm, detailsIn, valuesOf } from './client-fields.ts'
import { ClientFormPage } from './client-form-page.tsx'
import { NewSecretPage, RemoveClientPage, ReplaceSecretPage } from './client-pages.tsx'
import { ClientsPage, clientsPath } from './clients-page.tsx'

export interface ClientsContext extends FormContext {
  readonly oauth: Pick<OAuth, 'clients'>
}

type OperatorRoutes = GuardedRoutes<UserRequestContext>

/** Administrators register the client applications. For other users these pages return 404. */
export function addClientRoutes(app: Hono<AppEnv>, context: ClientsContext): void {
  const routes = operatorRoutes(app, context)
  routes.get(clientsPath, (c) => showClients(context, c))
  addRegistration(routes, context)
  addChange(routes, context)
  addRemoval(routes, context)
  addReplacement(routes, context)
}

async function showClients(context: ClientsContext, c: UserRequestContext): Promise<Response> {
  const clients = await context.oauth.clients.list()
  const frame = await frameOf(context, c)
  return page(c, <ClientsPage {...{ frame, clients, now: context.clock.now() }} />)
}

function addRegistration(routes: OperatorRoutes, context: ClientsContext): void {
  addFormPage(routes, context, {
    path: `${clientsPath}/register`,
    form: clientForm,
    initialValues: () => ({ kind: 'public' }),
    async render(c, state) {
      return <ClientFormPage frame={await frameOf(context, c)} clientId={null} {...state} />
    },
    async submit(c, values) {
      const { user } = c.var
      const request = { ...detailsIn(values), kind: values.kind }
      const result = await context.oauth.clients.register(user.id, request)
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'too-many') return tooMany
      const { client, secret } = result
      logSecurityEvent(context, c, eventOf(c, 'client-registered', client.name))
      if (secret !== null) {
        return { status: 'accepted', response: showSecret(context, c, { client, secret }) }
      }
      const message = `${client.name} registered. Its client ID: ${client.id}`
      return {
        status: 'accepted',
        response: redirectWithFlash(context, c, { message, to: clientsPath }),
      }
    },
  })
}

const tooMany: RejectedForm = {
  status: 'rejected',
  httpStatus: 409,
  problem: 'There are 100 applications, the maximum. Remove one to register another.',
}

function eventOf(
  c: UserRequestContext,
  event: 'client-registered' | 'client-changed' | 'client-removed',
  detail: string,
) {
  return { event, userId: c.var.user.id, detail }
}

interface NewSecret {
  readonly client: ClientApplication
  readonly secret: string
}

async function showSecret(
  context: ClientsContext,
  c: UserRequestContext,
  { client, secret }: NewSecret,
): Promise<Response> {
  const frame = await frameOf(context, c, { reloadPath: clientsPath })
  return page(c, <NewSecretPage {...{ frame, client, secret }} />)
}

function addChange(routes: OperatorRoutes, context: ClientsContext): void {
  addFormPage(routes, context, {
    path: `${clientsPath}/:id`,
    form: clientForm,
    async initialValues(c) {
      const client = await findClient(context, c)
      return isResponse(client) ? client : valuesOf(client)
    },
    async render(c, state) {
      return <ClientFormPage frame={await frameOf(context, c)} clientId={idOf(c)} {...state} />
    },
    async submit(c, values) {
      const { user } = c.var
      const result = await context.oauth.clients.change(user.id, idOf(c), detailsIn(values))
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'not-found') return respondWithProblem(context, c, noSuchClient)
      const { name } = result.client
      logSecurityEvent(context, c, eventOf(c, 'client-changed', name))
      const effect = result.endedGrants ? ' All users have to connect it again.' : ''
      const message = `Changes to ${name} saved.${effect}`
      return {
        status: 'accepted',
        response: redirectWithFlash(context, c, { message, to: clientsPath }),
      }
    },
  })
}

function addRemoval(routes: OperatorRoutes, context: ClientsContext): void {
  addFormPage(routes, context, {
    path: `${clientsPath}/:id/remove`,
    form: defineForm({}),
    async render(c) {
      const client = await findClient(context, c)
      if (isResponse(client)) return client
      return <RemoveClientPage {...{ frame: await frameOf(context, c), client }} />
    },
    async submit(c) {
      const name = await context.oauth.clients.remove(c.var.user.id, idOf(c))
      if (name === null) return respondWithProblem(context, c, noSuchClient)
      logSecurityEvent(context, c, eventOf(c, 'client-removed', name))
      const message = `${name} removed. All users are disconnected from it.`
      return redirectWithFlash(context, c, { message, to: clientsPath })
    },
  })
}

function addReplacement(routes: OperatorRoutes, context: ClientsContext): void {
  addFormPage(routes, context, {
    path: `${clientsPath}/:id/secret`,
    form: defineForm({}),
    async render(c) {
      const client = await findClient(context, c)
      if (isResponse(client)) return client
      if (client.kind === 'public') return respondWithProblem(context, c, noSuchClient)
      return <ReplaceSecretPage {...{ frame: await frameOf(context, c), client }} />
    },
    submit: (c) => replaceSecret(context, c),
  })
}

async function replaceSecret(context: ClientsContext, c: UserRequestContext): Promise<Response> {
  const client = await findClient(context, c)
  if (isResponse(client)) return client
  const secret = await context.oauth.clients.replaceSecret(client.id)
  if (secret === null) return respondWithProblem(context, c, noSuchClient)
  logSecurityEvent(context, c, eventOf(c, 'client-changed', client.name))
  return showSecret(context, c, { client, secret })
}

async function findClient(
  context: ClientsContext,
  c: UserRequestContext,
): Promise<ClientApplication | Response> {
  const client = await context.oauth.clients.find(idOf(c))
  return client ?? respondWithProblem(context, c, noSuchClient)
}

function idOf(c: UserRequestContext): string {
  return c.req.param('id') ?? ''
}

const noSuchClient: Problem = {
  status: 404,
  code: 'not_found',
  title: 'Application not found',
  message: 'There is no such application. It may have been removed.',
  nextStep: { path: clientsPath, label: 'Back to applications' },
}
