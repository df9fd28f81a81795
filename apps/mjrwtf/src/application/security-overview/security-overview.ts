import type { Clock } from 'coatcheck'
import type { SecondFactor } from '../../domain/second-factor.ts'
import { mustHaveSecondFactor, type SecondFactorPolicy } from '../../domain/second-factor-policy.ts'
import type { Instant } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { GetEmailStatus } from '../email/verification.ts'
import type { EmailStatus } from '../ports/email-change-repository.ts'
import type { FactorRemoval, FactorRemovalRepository } from '../ports/factor-removal-repository.ts'
import type { FactorRepository, UserFactors } from '../ports/factor-repository.ts'
import type { PersonalTokenRepository } from '../ports/personal-token-repository.ts'
import type { TrustedBrowserRepository } from '../ports/trusted-browser-repository.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'

/** The security of an account at a glance. */
export interface SecurityOverview extends UserFactors {
  readonly factors: readonly SecondFactor[]
  readonly isFactorRequired: boolean
  /** When the current password was set. `null` without one. */
  readonly passwordSetAt: Instant | null
  readonly email: Pick<EmailStatus, 'verifiedAt' | 'pending'>
  /** Number of active sessions. */
  readonly sessions: number
  /** Number of personal access tokens that have not expired. */
  readonly personalTokens: number
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
  readonly getEmailStatus: GetEmailStatus
  readonly secondFactorPolicy: SecondFactorPolicy
  readonly clock: Clock
}

export function createGetSecurityOverview(
  dependencies: SecurityOverviewDependencies,
): GetSecurityOverview {
  const { factors, users, sessions, trustedBrowsers, factorRemovals } = dependencies
  const { personalTokens } = dependencies
  const { getEmailStatus, secondFactorPolicy, clock } = dependencies

  return async function getSecurityOverview(user) {
    const now = clock.now()
    const [userFactors, passwordSetAt, email, active, trusted, removal, tokens] = await Promise.all(
      [
        factors.list(user.id),
        users.passwordSetAt(user.id),
        getEmailStatus(user.id),
        sessions.list(user.id),
        trustedBrowsers.list(user.id, now),
        factorRemovals.find(user.id),
        personalTokens.list(user.id),
      ],
    )
    return {
      ...userFactors,
      isFactorRequired: mustHaveSecondFactor(secondFactorPolicy, user),
      passwordSetAt,
      email,
      sessions: active.length,
      trustedBrowsers: trusted.length,
      personalTokens: tokens.filter(({ expiresAt }) => expiresAt > now).length,
      removal,
    }
  }
}
