import type { StartedVisit } from '../../../application/identities/provider-visits.ts'
import type { ProviderProfile } from '../../../application/ports/providers.ts'
import type { RequestContext } from '../http-context.ts'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import { type ConfirmIdentityContext, confirmIdentity } from './confirm-identity.ts'
import { confirmLinkPath } from './connected-accounts-page.tsx'
import { setPresentedIdentity } from './presented-identity-cookie.ts'
import { type SignInWithIdentityContext, signInWithIdentity } from './sign-in-with-identity.ts'

export type AcceptProfileContext = ConfirmIdentityContext & SignInWithIdentityContext

export interface AcceptedVisit {
  readonly profile: ProviderProfile
  readonly visit: StartedVisit
}

/** Responds to a visit that a provider has completed. It was started in this browser, and in this session if it has one. */
export async function acceptProfile(
  context: AcceptProfileContext,
  c: RequestContext,
  accepted: AcceptedVisit,
): Promise<Response> {
  switch (accepted.visit.purpose) {
    case 'confirm':
      return confirmIdentity(context, c, accepted)
    case 'link':
      return askToLink(context, c, accepted)
    case 'sign-in':
      return signInWithIdentity(context, c, accepted)
  }
}

/** Nothing is linked before the user has seen the account and confirmed it with a button: another site can start a visit. */
function askToLink(
  context: AcceptProfileContext,
  c: RequestContext,
  { profile, visit }: AcceptedVisit,
): Response {
  const { sessionId, startedAt } = visit
  const presented = { ...profile, methods: [], startedAt }
  setPresentedIdentity(c, { presented, sessionId, invite: null })
  return redirectAfterCredentials(context, c, confirmLinkPath)
}
