import type { Clock, UsedMethod } from 'coatcheck'
import { type ConfirmationProblem, confirmationProblem } from '../../domain/identity.ts'
import { type Instant, type Milliseconds, minute } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { IdentityRepository } from '../ports/identity-repository.ts'
import type { ProviderProfile, SignInProvider, SignInProviders } from '../ports/providers.ts'
import { methodsOfProfile } from './methods-of-profile.ts'

/** The user of the session that started the visit, and what the provider then said. */
export interface IdentityConfirmation {
  readonly user: User
  readonly profile: ProviderProfile
  readonly startedAt: Instant
}

export type IdentityConfirmationResult =
  | { readonly status: 'confirmed'; readonly methods: readonly UsedMethod[] }
  /** `other-identity`: of another user, or of none. */
  | { readonly status: 'refused'; readonly reason: ConfirmationProblem | 'other-identity' }

/** A step-up at an external provider. Rejects with `RepositoryError` if the database fails. */
export interface IdentityConfirmations {
  /** The providers at which this user can confirm. Reads nothing if no configured provider can confirm. */
  providersOf(user: Pick<User, 'id'>): Promise<readonly SignInProvider[]>
  /**
   * Decides whether a visit confirms that it is the user: the identity is theirs, by issuer and subject, and the provider
   * states that they have authenticated during the visit.
   */
  confirm(confirmation: IdentityConfirmation): Promise<IdentityConfirmationResult>
}

export interface IdentityConfirmationsDependencies {
  readonly identities: Pick<IdentityRepository, 'list'>
  readonly providers: SignInProviders
  readonly clock: Clock
}

/**
 * Sent to the provider as `max_age`, together with `prompt=login`. Providers that ignore the latter still ask again after
 * this time; an authentication from before the visit is refused here in any case.
 */
export const confirmationMaxAge: Milliseconds = 5 * minute

export function createIdentityConfirmations(
  dependencies: IdentityConfirmationsDependencies,
): IdentityConfirmations {
  const { identities, providers, clock } = dependencies
  return {
    async providersOf({ id }) {
      const confirming = providers.list().filter((each) => each.confirmsAuthentication)
      if (confirming.length === 0) return []
      const own = await identities.list(id)
      return confirming.filter((each) => own.some(({ issuer }) => issuer === each.issuer))
    },
    async confirm({ user, profile, startedAt }) {
      const { issuer, subject, authenticatedAt } = profile
      const own = await identities.list(user.id)
      const isOwn = own.some((each) => each.issuer === issuer && each.subject === subject)
      if (!isOwn) return { status: 'refused', reason: 'other-identity' }
      const now = clock.now()
      const problem = confirmationProblem(authenticatedAt, { startedAt, completedAt: now })
      if (problem !== null) return { status: 'refused', reason: problem }
      const trust = providers.find(profile.provider) ?? { trustsMfa: false }
      return { status: 'confirmed', methods: methodsOfProfile(profile, trust, now) }
    },
  }
}
