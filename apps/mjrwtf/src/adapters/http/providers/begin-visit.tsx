import type { ProviderVisits, Visit } from '../../../application/identities/provider-visits.ts'
import type { SignInProvider } from '../../../application/ports/providers.ts'
import type { ProviderId } from '../../../domain/identity.ts'
import { sentenceStart } from '../components/texts.ts'
import type { PageContext, RequestContext } from '../http-context.ts'
import { isFromOtherSite } from '../middleware/request-site.ts'
import { bareFrame, page } from '../responses/page.ts'
import { type Problem, respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import { ContinuePage } from './continue-page.tsx'
import { setVisitCookie } from './visit-cookie.ts'

export interface BeginVisitContext extends PageContext {
  readonly providerVisits: Pick<ProviderVisits, 'begin' | 'find' | 'stateOf'>
}

/** The URI that a provider redirects to. Each provider has its own (RFC 9700 section 4.4.2.2). */
export function redirectUriOf({ options }: Pick<PageContext, 'options'>, id: ProviderId): string {
  return `${options.baseUrl}/login/${id}/callback`
}

/** Where a visit starts, and where it leads back to if it fails. */
export const startOfVisit: Readonly<Record<Visit['purpose'], string>> = {
  'sign-in': '/login',
  link: '/settings/connected-accounts',
  confirm: '/reauthenticate',
}

/**
 * Redirects to the provider, from a GET of one of our pages: browsers block the redirect of a form (`form-action`).
 * Another site cannot start a visit: its visitor sees a page that asks first (ASVS 5.0 V7.6.2).
 */
export async function beginVisit(
  context: BeginVisitContext,
  c: RequestContext,
  visit: Visit,
): Promise<Response> {
  const provider = context.providerVisits.find(visit.provider)
  if (provider !== null && isFromOtherSite(c)) return askToContinue(context, c, { provider, visit })
  const start = await context.providerVisits.begin(visit, redirectUriOf(context, visit.provider))
  if (start.status === 'unavailable') return respondUnavailable(context, c, visit)
  setVisitCookie(c, context.providerVisits.stateOf(start.started), start.started)
  return redirectAfterCredentials(context, c, start.url)
}

interface Question {
  readonly provider: SignInProvider
  readonly visit: Visit
}

function askToContinue(
  context: BeginVisitContext,
  c: RequestContext,
  { provider, visit }: Question,
): Response {
  const { pathname, search } = new URL(c.req.url)
  const props = { frame: bareFrame(context, c), provider: provider.name, purpose: visit.purpose }
  return page(c, <ContinuePage {...props} path={`${pathname}${search}`} />)
}

/** The provider does not respond. Other ways to sign in still work. */
export function respondUnavailable(
  context: BeginVisitContext,
  c: RequestContext,
  visit: Pick<Visit, 'provider' | 'purpose'>,
): Response | Promise<Response> {
  const name = context.providerVisits.find(visit.provider)?.name ?? 'The provider'
  const problem: Problem = {
    status: 503,
    code: 'provider_unavailable',
    title: `${sentenceStart(name)} is not available`,
    message: `${sentenceStart(name)} did not respond as expected. Try again in a minute, or use another way.`,
    headers: [retryAfterHeader(60)],
    nextStep: backToStart(visit),
  }
  return respondWithProblem(context, c, problem)
}

export function backToStart({ purpose }: Pick<Visit, 'purpose'>) {
  const label = purpose === 'sign-in' ? 'Back to sign-in' : 'Start again'
  return { path: startOfVisit[purpose], label }
}
