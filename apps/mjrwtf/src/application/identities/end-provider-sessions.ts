import type { Clock } from 'coatcheck'
import { hour, type Milliseconds } from '../../domain/time.ts'
import type { ProviderLogoutRepository } from '../ports/provider-logout-repository.ts'
import type { VerifiedLogout } from '../ports/providers.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserSessions } from '../ports/user-sessions.ts'

export type EndProviderSessionsResult =
  | { readonly status: 'ended'; readonly count: number }
  /** The token was used before. */
  | { readonly status: 'repeated' }

/**
 * Ends the sessions that a provider has logged out: those of its session, or all of the user if the token names none.
 * Returns after all of them have ended in every process. If it fails halfway, the provider can repeat the token.
 */
export type EndProviderSessions = (logout: VerifiedLogout) => Promise<EndProviderSessionsResult>

/**
 * How long a logout is stored. Longer than a token is accepted, so that each is accepted once, and longer than a sign-in can
 * be in progress: ten minutes at the provider, and ten for the second step.
 */
const logoutRetention: Milliseconds = hour

export interface EndProviderSessionsDependencies {
  readonly providerLogouts: ProviderLogoutRepository
  readonly sessions: Pick<UserSessions, 'endByProvider'>
  readonly secrets: Pick<Secrets, 'hash'>
  readonly clock: Clock
}

export function createEndProviderSessions(
  dependencies: EndProviderSessionsDependencies,
): EndProviderSessions {
  const { providerLogouts, sessions, secrets, clock } = dependencies
  return async function endProviderSessions({ tokenId, ...logout }) {
    const receivedAt = clock.now()
    const tokenKey = secrets.hash(JSON.stringify([logout.issuer, tokenId]))
    const received = { ...logout, tokenKey, receivedAt }
    if (!(await providerLogouts.receive(received, receivedAt + logoutRetention))) {
      return { status: 'repeated' }
    }
    const found = await providerLogouts.listSessions(logout)
    const ended = await Promise.all(
      found.map(({ userId, sessionId }) => sessions.endByProvider(userId, sessionId)),
    )
    await providerLogouts.complete(tokenKey)
    return { status: 'ended', count: ended.filter(Boolean).length }
  }
}
