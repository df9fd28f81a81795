import type { Throttled } from '../../domain/results.ts'
import type { VerifyLogoutToken } from '../ports/providers.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { EndProviderSessions } from './end-provider-sessions.ts'

export interface PresentedLogoutToken {
  readonly token: string
  readonly ipAddress: string | null
}

export type AcceptLogoutTokenResult =
  | { readonly status: 'ended'; readonly count: number }
  /** `reason` is a stable code for the log. */
  | { readonly status: 'rejected'; readonly reason: string }
  /** The keys of the provider cannot be loaded. */
  | { readonly status: 'unavailable' }
  | Throttled

/**
 * Ends the sessions that a provider has logged out (OpenID Connect Back-Channel Logout 1.0). Invalid tokens count in the limit of
 * invalid bearer tokens. A valid one is accepted however many invalid ones came from the same network: otherwise anyone
 * there could keep sessions alive that the provider ends. Rejects if the database fails; the provider can then repeat the
 * token.
 */
export type AcceptLogoutToken = (
  presented: PresentedLogoutToken,
) => Promise<AcceptLogoutTokenResult>

interface AcceptLogoutTokenDependencies {
  readonly verifyLogoutToken: VerifyLogoutToken
  readonly endProviderSessions: EndProviderSessions
  readonly limits: Pick<Limits, 'invalidToken'>
}

export function createAcceptLogoutToken(
  dependencies: AcceptLogoutTokenDependencies,
): AcceptLogoutToken {
  const { verifyLogoutToken, endProviderSessions, limits } = dependencies

  async function process(token: string): Promise<Exclude<AcceptLogoutTokenResult, Throttled>> {
    const verified = await verifyLogoutToken(token)
    if (verified.status !== 'valid') return verified
    const result = await endProviderSessions(verified.logout)
    return result.status === 'repeated' ? { status: 'rejected', reason: 'repeated' } : result
  }

  return async function acceptLogoutToken({ token, ipAddress }) {
    const result = await process(token)
    if (result.status !== 'rejected') return result
    return (await limits.invalidToken(ipAddress)) ?? result
  }
}
