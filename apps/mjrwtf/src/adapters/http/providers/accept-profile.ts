import type { StartedVisit } from '../../../application/identities/provider-visits.ts'
import type { ProviderProfile } from '../../../application/ports/providers.ts'
import type { PageContext, RequestContext } from '../http-context.ts'
import { respondWithProblem } from '../responses/problem.tsx'

export type AcceptProfileContext = PageContext

export interface AcceptedVisit {
  readonly profile: ProviderProfile
  readonly visit: StartedVisit
}

/** Responds to a visit that a provider has completed. */
export async function acceptProfile(
  context: AcceptProfileContext,
  c: RequestContext,
  { profile }: AcceptedVisit,
): Promise<Response> {
  return respondWithProblem(context, c, {
    status: 403,
    code: 'no_account',
    message: `No account is linked to this account at ${profile.provider}.`,
    nextStep: { path: '/login', label: 'Back to sign-in' },
  })
}
