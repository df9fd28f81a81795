import { pageHeaders } from 'coatcheck/hono'
import type { Hono } from 'hono'
import type {
  ProviderVisits,
  StartedVisit,
  VisitOutcome,
} from '../../../application/identities/provider-visits.ts'
import { isProviderId } from '../../../domain/identity.ts'
import type { AppEnv, RequestContext } from '../http-context.ts'
import { visitorRoutes } from '../middleware/guards.ts'
import { isFromOtherSite } from '../middleware/request-site.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { bareFrame, page, tokenPageHeaders } from '../responses/page.ts'
import { notFound, type Problem, rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import { type AcceptProfileContext, acceptProfile } from './accept-profile.ts'
import {
  type BeginVisitContext,
  backToStart,
  beginVisit,
  redirectUriOf,
  respondUnavailable,
  startOfVisit,
} from './begin-visit.tsx'
import { ReloadPage } from './continue-page.tsx'
import { clearVisitCookie, readVisitCookie } from './visit-cookie.ts'

export interface ProviderSignInContext extends BeginVisitContext, AcceptProfileContext {
  readonly providerVisits: Pick<ProviderVisits, 'begin' | 'complete' | 'find' | 'stateOf'>
}

/** Sign-in with external providers: starting a visit, and the callback. */
export function addProviderSignInRoutes(app: Hono<AppEnv>, context: ProviderSignInContext): void {
  visitorRoutes(app, context).get('/login/:provider', (c) => beginSignIn(context, c))
  // The URL contains the code.
  const headers = pageHeaders(context.webSecurity, tokenPageHeaders)
  visitorRoutes(app, context, headers).get('/login/:provider/callback', (c) =>
    completeVisit(context, c),
  )
}

function beginSignIn(context: ProviderSignInContext, c: RequestContext) {
  const provider = c.req.param('provider') ?? ''
  if (!isProviderId(provider) || context.providerVisits.find(provider) === null) {
    return respondWithProblem(context, c, notFound)
  }
  return beginVisit(context, c, {
    provider,
    purpose: 'sign-in',
    next: context.nextPath(c.req.query('next')),
    remember: c.req.query('remember_me') === 'on',
    invite: inviteIn(c),
    sessionId: null,
    maxAge: null,
  })
}

/** A longer one is not ours. */
function inviteIn(c: RequestContext): string | null {
  const invite = c.req.query('invite') ?? ''
  return invite === '' || invite.length > 100 ? null : invite
}

/** A callback without a visit of this browser, provider and session changes nothing. */
async function completeVisit(context: ProviderSignInContext, c: RequestContext) {
  const provider = c.req.param('provider') ?? ''
  if (!isProviderId(provider) || context.providerVisits.find(provider) === null) {
    return respondWithProblem(context, c, notFound)
  }
  if (hidesSession(context, c)) return reload(context, c)
  const states = c.req.queries('state') ?? []
  const [state = ''] = states
  const visit = states.length === 1 ? readVisitCookie(c, state) : null
  const reason = rejectionOf(c, { visit, provider })
  if (visit === null || reason !== null) return reject(context, c, { provider, reason, visit })
  const redirectUri = redirectUriOf(context, provider)
  const outcome = await context.providerVisits.complete({
    started: visit,
    callbackUrl: callbackUrlOf(redirectUri, c),
    redirectUri,
    ipAddress: c.var.exchange.client.ipAddress,
  })
  return respondToOutcome(context, c, { visit, outcome, state })
}

/** With `SameSite=Strict`, the browser sends no session cookie when another site leads here. */
function hidesSession({ options }: ProviderSignInContext, c: RequestContext): boolean {
  return options.session.sameSite === 'strict' && isFromOtherSite(c)
}

/** A page of ours that opens the same URL again, which the browser then does as our site, with all cookies. */
function reload(context: ProviderSignInContext, c: RequestContext): Response {
  const { pathname, search } = new URL(c.req.url)
  const path = `${pathname}${search}`
  c.header('Refresh', `0; url=${path}`)
  return page(c, <ReloadPage frame={bareFrame(context, c)} path={path} />)
}

interface PresentedVisit {
  readonly visit: StartedVisit | null
  readonly provider: string
}

function rejectionOf(c: RequestContext, { visit, provider }: PresentedVisit): string | null {
  if (visit === null) return 'no-visit'
  if (visit.provider !== provider) return 'other-provider'
  if (visit.purpose === 'sign-in') return null
  const sessionId = c.var.session?.id ?? null
  return sessionId === null || visit.sessionId !== sessionId ? 'other-session' : null
}

/** The registered URI, with the query of the request. */
function callbackUrlOf(redirectUri: string, c: RequestContext): URL {
  return new URL(new URL(c.req.url).search, redirectUri)
}

interface CompletedVisit {
  readonly visit: StartedVisit
  readonly outcome: VisitOutcome
  readonly state: string
}

async function respondToOutcome(
  context: ProviderSignInContext,
  c: RequestContext,
  { visit, outcome, state }: CompletedVisit,
): Promise<Response> {
  const { provider } = visit
  switch (outcome.status) {
    case 'authenticated':
      clearVisitCookie(c, state)
      return acceptProfile(context, c, { profile: outcome.profile, visit })
    case 'canceled':
      clearVisitCookie(c, state)
      return returnToStart(context, c, visit)
    case 'unavailable':
      return respondUnavailable(context, c, visit)
    case 'throttled': {
      const message = 'Too many sign-ins with other providers came from your network.'
      const hit = { limit: 'provider-callbacks', userId: null, throttled: outcome, message }
      return respondWithProblem(context, c, rateLimited(context, c, hit))
    }
    case 'rejected':
      return reject(context, c, { provider, reason: outcome.reason, visit })
  }
}

/** The visitor canceled at the provider. */
async function returnToStart(
  context: ProviderSignInContext,
  c: RequestContext,
  visit: StartedVisit,
): Promise<Response> {
  const name = context.providerVisits.find(visit.provider)?.name ?? 'the provider'
  await c.var.exchange.flash({ kind: 'error', message: `You canceled at ${name}.` })
  const next = visit.next === null ? '' : `?next=${encodeURIComponent(visit.next)}`
  return redirectAfterCredentials(context, c, `${startOfVisit[visit.purpose]}${next}`)
}

interface RejectedVisit {
  readonly provider: string
  readonly reason: string | null
  readonly visit: StartedVisit | null
}

/** The page is the same for every reason. It sets no cookie. */
function reject(context: ProviderSignInContext, c: RequestContext, rejected: RejectedVisit) {
  const { provider, reason, visit } = rejected
  logSecurityEvent(context, c, {
    event: 'provider-rejected',
    provider,
    reason: reason ?? 'no-visit',
  })
  const problem: Problem = {
    status: 400,
    code: 'sign_in_not_completed',
    title: 'Sign-in not completed',
    message:
      'It took longer than ten minutes, began in another browser, was completed before, or the provider did not confirm it. Start again.',
    nextStep: backToStart(visit ?? { purpose: 'sign-in' }),
  }
  return respondWithProblem(context, c, problem)
}
