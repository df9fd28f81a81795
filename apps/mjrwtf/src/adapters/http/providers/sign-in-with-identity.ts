import type { Identities } from '../../../application/identities/identities.ts'
import type { StartedVisit } from '../../../application/identities/provider-visits.ts'
import type { ProviderProfile } from '../../../application/ports/providers.ts'
import type { Throttled } from '../../../domain/results.ts'
import type { PageContext, RequestContext } from '../http-context.ts'
import { suspendedText } from '../middleware/suspended-text.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import { type BeginSignInContext, beginSignIn } from '../sign-in/begin-sign-in.ts'
import { readDeviceCookie } from '../sign-in/device-cookie.ts'
import { newcomerPath } from './newcomer-page.tsx'
import { setPresentedIdentity } from './presented-identity-cookie.ts'

export interface SignInWithIdentityContext extends PageContext, BeginSignInContext {
  readonly identities: BeginSignInContext['identities'] &
    Pick<Identities, 'authenticate' | 'nameOf'>
}

interface CompletedVisit {
  readonly profile: ProviderProfile
  readonly visit: StartedVisit
}

/**
 * Signs the user of the identity in, or asks for their second factor. A visitor whose identity no user has sees a page that
 * says what they can do: the callback creates no account and links nothing.
 */
export async function signInWithIdentity(
  context: SignInWithIdentityContext,
  c: RequestContext,
  { profile, visit }: CompletedVisit,
): Promise<Response> {
  const devices = readDeviceCookie(c)
  const result = await context.identities.authenticate({ profile, devices })
  if (result.status === 'throttled') return respondThrottled(context, c, result)
  if (result.status === 'suspended') return respondSuspended(context, c, result.userId)
  const { methods } = result
  if (result.status === 'unknown') {
    const presented = { ...profile, methods, startedAt: visit.startedAt }
    setPresentedIdentity(c, { presented, sessionId: null, invite: visit.invite })
    return redirectAfterCredentials(context, c, newcomerPath)
  }
  const { remember, next, startedAt } = visit
  const { issuer, subject, sid } = profile
  const identity = { issuer, subject, sid, startedAt }
  // Not the time of the callback: a password reset or a sign-out everywhere during the visit refuses the sign-in.
  const step = { user: result.user, methods, remember, next, credentialsCheckedAt: startedAt }
  const response = await beginSignIn(context, c, { ...step, identity })
  return response ?? respondRefused(context, c, profile)
}

/** The account was deleted, or its sessions were ended or the identity unlinked during the visit. */
async function respondRefused(
  context: SignInWithIdentityContext,
  c: RequestContext,
  { provider }: ProviderProfile,
): Promise<Response> {
  // Without `userId`: the library has reported the event for the user.
  logSecurityEvent(context, c, { event: 'sign-in-failed', reason: 'wrong', userId: null })
  const name = context.identities.nameOf(provider)
  const message = `Your account was changed while you signed in with ${name}. Try again.`
  await c.var.exchange.flash({ kind: 'error', message })
  return redirectAfterCredentials(context, c, '/login')
}

async function respondSuspended(
  context: SignInWithIdentityContext,
  c: RequestContext,
  userId: string,
): Promise<Response> {
  logSecurityEvent(context, c, { event: 'sign-in-failed', reason: 'suspended', userId })
  await c.var.exchange.flash({ kind: 'error', message: suspendedText })
  return redirectAfterCredentials(context, c, '/login')
}

function respondThrottled(
  context: SignInWithIdentityContext,
  c: RequestContext,
  throttled: Throttled,
) {
  const message = 'You have signed in very often.'
  const hit = { limit: 'sign-ins', userId: null, throttled, message }
  return respondWithProblem(context, c, rateLimited(context, c, hit))
}
