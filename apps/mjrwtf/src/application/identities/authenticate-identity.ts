import type { UsedMethod } from 'coatcheck'
import { type KnownDevice, knownDeviceOf } from '../../domain/known-device.ts'
import type { Throttled } from '../../domain/results.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { ProviderProfile } from '../ports/providers.ts'
import type { IdentitiesDependencies } from './dependencies.ts'
import { methodsOfProfile } from './methods-of-profile.ts'

export interface PresentedProfile {
  readonly profile: ProviderProfile
  /** Devices of the browser, from its signed cookie. */
  readonly devices: readonly KnownDevice[]
}

export type AuthenticateIdentityResult =
  | {
      readonly status: 'authenticated'
      readonly user: User
      readonly methods: readonly UsedMethod[]
    }
  /** The account of the identity is suspended. */
  | { readonly status: 'suspended'; readonly userId: UserId }
  /** No user has the identity. Its email was not compared with those of users. */
  | { readonly status: 'unknown'; readonly methods: readonly UsedMethod[] }
  /** The user had too many sign-ins. */
  | Throttled

/**
 * Finds the user of an identity by its issuer and subject, never by its email (ASVS 5.0 V6.8.1, V10.5.2), and records
 * that it was used.
 */
export type AuthenticateIdentity = (
  request: PresentedProfile,
) => Promise<AuthenticateIdentityResult>

export function createAuthenticateIdentity(
  dependencies: Pick<
    IdentitiesDependencies,
    'identities' | 'users' | 'providers' | 'limits' | 'clock'
  >,
): AuthenticateIdentity {
  const { identities, users, providers, limits, clock } = dependencies
  return async function authenticateIdentity({ profile, devices }) {
    const now = clock.now()
    const trust = providers.find(profile.provider) ?? { trustsMfa: false }
    const methods = methodsOfProfile(profile, trust, now)
    const userId = await identities.use(profile, now)
    const user = userId === null ? null : await users.find(userId)
    if (user === null) {
      const isSuspended = userId !== null && (await users.isSuspended(userId))
      return isSuspended ? { status: 'suspended', userId } : { status: 'unknown', methods }
    }
    const device = knownDeviceOf(user, devices, now)
    const throttled = await limits.correctSignIn(user, device?.hasSentFactor === true)
    return throttled ?? { status: 'authenticated', user, methods }
  }
}
