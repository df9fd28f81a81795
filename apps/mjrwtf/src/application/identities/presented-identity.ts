import type { UsedMethod } from 'coatcheck'
import type { IdentityKey, ProviderId } from '../../domain/identity.ts'
import { type Instant, type Milliseconds, minute } from '../../domain/time.ts'

/** An identity that a visitor has shown at its provider, and that no user has yet. Contains no token. */
export interface PresentedIdentity extends IdentityKey {
  readonly provider: ProviderId
  readonly email: string | null
  /** Whether the provider has verified the email. */
  readonly emailVerified: boolean
  /** The session at the provider, or `null`. */
  readonly sid: string | null
  /** When the visit to the provider started. */
  readonly startedAt: Instant
  /** How the visitor has authenticated, and when. */
  readonly methods: readonly UsedMethod[]
}

/** How long a visitor may take to decide what to do with it. */
export const presentedIdentityLifetime: Milliseconds = 15 * minute
