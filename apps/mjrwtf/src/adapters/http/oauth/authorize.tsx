import { isResponse } from 'coatcheck/http'
import type { Hono, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import {
  type AuthorizationRequest,
  type AuthorizationRequestResult,
  authorizationRequestPath,
  parseAuthorizationRequest,
} from '../../../application/oauth/authorization-request.ts'
import {
  type AuthorizationResponse,
  authorizationResponseUrl,
} from '../../../application/oauth/authorization-response.ts'
import type { OAuth } from '../../../application/oauth/oauth.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { effectiveScopes, parseScopes } from '../../../domain/scope.ts'
import { defineForm, formText, readForm } from '../forms/forms.ts'
import type {
  AppEnv,
  AppVariables,
  PageContext,
  RequestContext,
  UserRequestContext,
} from '../http-context.ts'
import { requireConfirmation, userGuards } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import { ConsentPage } from './consent-page.tsx'
import { allowRedirectAfterForm } from './form-action.ts'

export interface AuthorizeContext extends PageContext {
  readonly oauth: Pick<OAuth, 'clients' | 'authorize'>
}

interface AuthorizeEnv {
  Bindings: AppEnv['Bindings']
  Variables: AppVariables & { authorizationRequest: AuthorizationRequest }
}

const path = '/oauth/authorize'

/**
 * The authorization endpoint (RFC 6749, section 4.1.1): shows the consent page for every valid request, and returns the
 * decision to the client.
 */
export function addAuthorizeRoutes(app: Hono<AppEnv>, context: AuthorizeContext): void {
  const { csrfGuard } = context.sessions
  // A grant outlives the session, so it needs a recent authentication, as a personal access token does.
  const guards = [...userGuards(context), requireConfirmation(context)] as const
  // First, so that a client learns of its mistake before the user has signed in: a redirect to it after the form of the
  // sign-in page would be blocked by that page's `form-action`.
  app.get(path, requireRequest(context), ...guards, (c) =>
    showConsent(context, c, c.var.authorizationRequest),
  )
  app.post(path, ...guards, csrfGuard, requireRequest(context), (c) =>
    decide(context, c, c.var.authorizationRequest),
  )
}

/** Sets the valid request of the URL. */
function requireRequest(context: AuthorizeContext): MiddlewareHandler<AuthorizeEnv> {
  return async (c, next) => {
    const result = await readRequest(context, c)
    if (result.status === 'untrusted')
      return respondWithProblem(context, c, untrusted[result.reason])
    if (result.status === 'refused') {
      const { target, error, description } = result
      return redirectToClient(context, c, { request: target, response: { error, description } })
    }
    const { request } = result
    const own = authorizationRequestPath(request)
    if (request.isFirstVisit || context.nextPath(requestedPath(c)) === null) {
      return c.redirect(own, 303)
    }
    c.set('authorizationRequest', request)
    return next()
  }
}

async function readRequest(
  { oauth, clock }: AuthorizeContext,
  c: Pick<RequestContext, 'req'>,
): Promise<AuthorizationRequestResult> {
  const parameters = new URL(c.req.url).searchParams
  const client = await oauth.clients.find(parameters.get('client_id') ?? '')
  return parseAuthorizationRequest({ parameters, client, now: clock.now() })
}

function requestedPath(c: Pick<RequestContext, 'req'>): string {
  const { pathname, search } = new URL(c.req.url)
  return pathname + search
}

const untrusted: Readonly<Record<'unknown-client' | 'redirect-uri', Problem>> = {
  'unknown-client': {
    status: 400,
    code: 'unknown_client',
    title: 'Unknown application',
    message:
      'The application that sent you here is not registered on this site. It may have been removed.',
  },
  'redirect-uri': {
    status: 400,
    code: 'invalid_redirect_uri',
    title: 'This application cannot be connected',
    message:
      'It asked to return to a place that is not registered for it, so you have not been redirected. If you develop it, compare redirect_uri with its registration.',
  },
}

/** After a POST: what the page named is no longer what would be granted. */
async function showConsent(
  context: AuthorizeContext,
  c: UserRequestContext,
  request: AuthorizationRequest,
): Promise<Response> {
  const stepUpPage = stepUpLocation(c, request)
  if (stepUpPage !== null) return c.redirect(stepUpPage, 303)
  const hasChanged = c.req.method === 'POST'
  const scopes = effectiveScopes(request.scopes, c.var.user)
  if (scopes.length === 0) {
    return respondWithProblem(context, c, onlyForAdministrators(context, request))
  }
  const frame = await frameOf(context, c, { isAfterPost: hasChanged })
  allowRedirectAfterForm(context, c, request.redirectUri)
  const action = authorizationRequestPath(request)
  const consentPage = <ConsentPage {...{ frame, request, scopes, action, hasChanged }} />
  return page(c, consentPage, hasChanged ? 409 : 200)
}

/** Where the user authenticates again, if the client requires it. */
function stepUpLocation(c: UserRequestContext, request: AuthorizationRequest): string | null {
  const { authenticatedSince } = request
  const authenticatedAt = c.var.session?.authenticatedAt ?? 0
  if (authenticatedSince === null || authenticatedAt >= authenticatedSince) return null
  return `/reauthenticate?next=${encodeURIComponent(authorizationRequestPath(request))}`
}

const consentForm = defineForm({
  decision: z.enum(['allow', 'deny'], 'Choose Allow or Deny.'),
  scope: formText,
})

async function decide(
  context: AuthorizeContext,
  c: UserRequestContext,
  request: AuthorizationRequest,
): Promise<Response> {
  const form = await readForm(context, c, consentForm.schema)
  if (isResponse(form)) return form
  if (form.decision === 'deny') {
    const response = { error: 'access_denied', description: 'The user denied access.' } as const
    return redirectToClient(context, c, { request, response })
  }
  const stepUpPage = stepUpLocation(c, request)
  if (stepUpPage !== null) return redirectAfterCredentials(context, c, stepUpPage)
  const scopes = parseScopes(form.scope) ?? []
  const { user, session, exchange } = c.var
  if (session == null) return redirectAfterCredentials(context, c, '/login')
  const consent = { request, user, session, from: exchange.client, scopes }
  const result = await context.oauth.authorize(consent)
  switch (result.status) {
    case 'authorized':
      return redirectToClient(context, c, { request, response: { code: result.code } })
    case 'changed':
      return showConsent(context, c, request)
    case 'client-removed':
      return respondWithProblem(context, c, untrusted['unknown-client'])
    case 'throttled': {
      const message = `You have connected apps ${rateLimits.authorizations.max} times within an hour.`
      const hit = { limit: 'authorizations', userId: user.id, throttled: result, message }
      return respondWithProblem(context, c, rateLimited(context, c, hit))
    }
  }
}

interface ClientResponse {
  readonly request: Pick<AuthorizationRequest, 'redirectUri' | 'state'>
  readonly response: AuthorizationResponse
}

function redirectToClient(
  context: AuthorizeContext,
  c: RequestContext,
  { request, response }: ClientResponse,
): Response {
  const url = authorizationResponseUrl(request, response, context.options.baseUrl)
  return redirectAfterCredentials(context, c, url)
}

/** A page instead of a redirect, which the `form-action` of the sign-in page could block. */
function onlyForAdministrators(context: AuthorizeContext, request: AuthorizationRequest): Problem {
  const description = 'The user is not an administrator.'
  const response = { error: 'access_denied', description } as const
  const { baseUrl } = context.options
  return {
    status: 403,
    code: 'administrator_required',
    title: 'Only for administrators',
    message: `${request.client.name} asks for administrator functions only, and you are not an administrator.`,
    nextStep: {
      path: authorizationResponseUrl(request, response, baseUrl),
      label: `Return to ${request.client.name}`,
    },
  }
}
