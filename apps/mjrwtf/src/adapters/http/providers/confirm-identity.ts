import type { Hono } from 'hono'
import {
  confirmationMaxAge,
  type IdentityConfirmations,
} from '../../../application/identities/confirm-identity.ts'
import type { StartedVisit } from '../../../application/identities/provider-visits.ts'
import type { ProviderProfile } from '../../../application/ports/providers.ts'
import { isSecondFactor } from '../../../application/sign-in/second-step.ts'
import type { AppEnv, PageContext, RequestContext, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import { providerConfirmPath, reauthenticatePath } from '../sign-in/reauthenticate-page.tsx'
import { stepUp } from '../sign-in/step-up.ts'
import { type BeginVisitContext, beginVisit } from './begin-visit.tsx'

export interface ConfirmIdentityContext extends PageContext {
  readonly identityConfirmations: IdentityConfirmations
}

/** Starts the step-up at a provider: from a GET, because browsers block the redirect of a form (`form-action`). */
export function addConfirmIdentityRoutes(
  app: Hono<AppEnv>,
  context: ConfirmIdentityContext & BeginVisitContext,
): void {
  userRoutes(app, context).get(`${providerConfirmPath}/:provider`, (c) => start(context, c))
}

async function start(context: ConfirmIdentityContext & BeginVisitContext, c: UserRequestContext) {
  const { user, session } = c.var
  const providers = await context.identityConfirmations.providersOf(user)
  const provider = providers.find(({ id }) => id === c.req.param('provider'))
  if (provider === undefined || session?.id === undefined) {
    return respondWithProblem(context, c, notFound)
  }
  return beginVisit(context, c, {
    provider: provider.id,
    purpose: 'confirm',
    next: context.nextPath(c.req.query('next')),
    remember: false,
    invite: null,
    sessionId: session.id,
    maxAge: confirmationMaxAge,
  })
}

export interface CompletedConfirmation {
  readonly profile: ProviderProfile
  readonly visit: StartedVisit
}

/**
 * Completes a visit of purpose `confirm`: steps the session up with what the user has authenticated with there, if it was
 * started by this session and the identity is theirs.
 */
export async function confirmIdentity(
  context: ConfirmIdentityContext,
  c: RequestContext,
  { profile, visit }: CompletedConfirmation,
): Promise<Response> {
  const { viewer: user, session } = c.var
  const query = visit.next === null ? '' : `?next=${encodeURIComponent(visit.next)}`
  const back = `${reauthenticatePath}${query}`
  // Signed out meanwhile: the page asks to sign in.
  if (user === null || user === undefined || session?.id !== visit.sessionId) {
    return redirectAfterCredentials(context, c, back)
  }
  const { startedAt } = visit
  const result = await context.identityConfirmations.confirm({ user, profile, startedAt })
  if (result.status === 'refused') {
    const { reason } = result
    logSecurityEvent(context, c, { event: 'step-up-failed', reason, userId: user.id })
    const message = reason === 'other-identity' ? otherIdentityMessage : notConfirmedMessage
    await c.var.exchange.flash({ kind: 'error', message })
    return redirectAfterCredentials(context, c, back)
  }
  await stepUp(context, c, result.methods)
  const names = result.methods.map(({ method }) => method)
  const isComplete = user.secondFactors === 0 || isSecondFactor(names, [])
  // Otherwise the page asks for the second factor, unless a key that was used recently is one.
  return redirectAfterCredentials(context, c, isComplete ? (visit.next ?? '/dashboard') : back)
}

const otherIdentityMessage =
  'You signed in with an account that is not connected to yours. Use one that is, or another way to confirm.'

const notConfirmedMessage =
  'Your provider did not confirm that you have just signed in there. Try again, or use another way to confirm.'
