import type { StartedVisit } from '../../../application/identities/provider-visits.ts'
import type { ProviderProfile } from '../../../application/ports/providers.ts'
import type { RequestContext } from '../http-context.ts'
import { respondWithProblem } from '../responses/problem.tsx'
import { type ConfirmIdentityContext, confirmIdentity } from './confirm-identity.ts'

export type AcceptProfileContext = ConfirmIdentityContext

export interface AcceptedVisit {
  readonly profile: ProviderProfile
  readonly visit: StartedVisit
}

/** Responds to a visit that a provider has completed. */
export async function acceptProfile(
  context: AcceptProfileContext,
  c: RequestContext,
  accepted: AcceptedVisit,
): Promise<Response> {
  if (accepted.visit.purpose === 'confirm') return confirmIdentity(context, c, accepted)
  return respondWithProblem(context, c, {
    status: 403,
    code: 'no_account',
    message: `No account is linked to this account at ${accepted.profile.provider}.`,
    nextStep: { path: '/login', label: 'Back to sign-in' },
  })
}
