import type { Clock } from 'coatcheck'
import type { Identity } from '../../domain/identity.ts'
import type { SecondFactor } from '../../domain/second-factor.ts'
import { mustHaveSecondFactor, type SecondFactorPolicy } from '../../domain/second-factor-policy.ts'
import type { Instant } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { GetEmailStatus } from '../email/verification.ts'
import type { ConnectedGrants } from '../ports/connected-grants.ts'
import type { EmailStatus } from '../ports/email-change-repository.ts'
import type { FactorRemoval, FactorRemovalRepository } from '../ports/factor-removal-repository.ts'
import type { FactorRepository, UserFactors } from '../ports/factor-repository.ts'
import type { IdentityRepository } from '../ports/identity-repository.ts'
import type { PersonalTokenRepository } from '../ports/personal-token-repository.ts'
import type { SignInProviders } from '../ports/providers.ts'
import type { TrustedBrowserRepository } from '../ports/trusted-browser-repository.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'

/** The security of an account at a glance. */
export interface SecurityOverview extends UserFactors {
  readonly factors: readonly SecondFactor[]
  readonly isFactorRequired: boolean
  /** When the current password was set. `null` without one. */
  readonly passwordSetAt: Instant | null
  /** Names of the configured providers with which the user can sign in, each once. */
  readonly connectedProviders: readonly string[]
  readonly email: Pick<EmailStatus, 'verifiedAt' | 'pending'>
  /** Number of active sessions. */
  readonly sessions: number
  /** Number of personal access tokens that have not expired. */
  readonly personalTokens: number
  /** Number of grants of client applications. */
  readonly connectedApps: number
  /** Number of browsers that skip the second step. */
  readonly trustedBrowsers: number
  /** The removal of all second factors that an administrator has requested, or `null`. */
  readonly removal: Pick<FactorRemoval, 'dueAt'> | null
}

/** Reads the state of a user's account. Rejects if a store fails. */
export type GetSecurityOverview = (user: User) => Promise<SecurityOverview>

export interface SecurityOverviewDependencies {
  readonly factors: Pick<FactorRepository, 'list'>
  readonly users: Pick<UserRepository, 'passwordSetAt'>
  readonly sessions: Pick<UserSessions, 'list'>
  readonly trustedBrowsers: Pick<TrustedBrowserRepository, 'list'>
  readonly factorRemovals: Pick<FactorRemovalRepository, 'find'>
  readonly personalTokens: Pick<PersonalTokenRepository, 'list'>
  readonly connectedGrants: Pick<ConnectedGrants, 'list'>
  readonly identities: Pick<IdentityRepository, 'list'>
  readonly providers: Pick<SignInProviders, 'find'>
  readonly getEmailStatus: GetEmailStatus
  readonly secondFactorPolicy: SecondFactorPolicy
  readonly clock: Clock
}

export function createGetSecurityOverview(
  dependencies: SecurityOverviewDependencies,
): GetSecurityOverview {
  const { factors, users, sessions, trustedBrowsers, factorRemovals } = dependencies
  const { personalTokens, connectedGrants, identities, providers } = dependencies
  const { getEmailStatus, secondFactorPolicy, clock } = dependencies

  return async function getSecurityOverview(user) {
    const now = clock.now()
    const [userFactors, passwordSetAt, email, removal] = await Promise.all([
      factors.list(user.id),
      users.passwordSetAt(user.id),
      getEmailStatus(user.id),
      factorRemovals.find(user.id),
    ])
    const [active, trusted, tokens, grants, linked] = await Promise.all([
      sessions.list(user.id),
      trustedBrowsers.list(user.id, now),
      personalTokens.list(user.id),
      connectedGrants.list(user.id),
      identities.list(user.id),
    ])
    return {
      ...userFactors,
      isFactorRequired: mustHaveSecondFactor(secondFactorPolicy, user),
      passwordSetAt,
      email,
      sessions: active.length,
      trustedBrowsers: trusted.length,
      personalTokens: tokens.filter(({ expiresAt }) => expiresAt > now).length,
      connectedApps: grants.length,
      connectedProviders: providerNames(linked, providers),
      removal,
    }
  }
}

function providerNames(
  identities: readonly Identity[],
  providers: Pick<SignInProviders, 'find'>,
): readonly string[] {
  const names = identities.map(({ provider }) => providers.find(provider)?.name ?? '')
  return [...new Set(names)].filter((name) => name !== '')
}
