import { type Instant, type Milliseconds, minute } from './time.ts'
import type { UserId } from './user.ts'

/** The providers that a deployment can configure, as in the routes /login/{provider}. */
export const providerIds = ['google', 'github', 'discord', 'oidc'] as const

export type ProviderId = (typeof providerIds)[number]

export function isProviderId(text: string): text is ProviderId {
  return (providerIds as readonly string[]).includes(text)
}

/** Longer ones are not accepted (OpenID Connect Core section 2). */
const maxIdentifierLength = 255

/**
 * Whether text can identify a user or a session of a provider. Databases do not store every text unchanged: control
 * characters fail, and two unpaired surrogates are stored as the same character, which would make two users one.
 */
export function isProviderIdentifier(text: string): boolean {
  const isComplete = text !== '' && text.length <= maxIdentifierLength
  return isComplete && !/[\p{Cc}\p{Cs}]/u.test(text)
}

/** An account at an external provider. Never identified by an email (ASVS 5.0 V6.8.1, V10.5.2). */
export interface IdentityKey {
  /** The `iss` of an OIDC provider; the origin of one that has none, such as `https://github.com`. */
  readonly issuer: string
  /** Stable at the issuer and never assigned again. See `isProviderIdentifier`. */
  readonly subject: string
}

/** An account at an external provider that signs a user in. */
export interface Identity extends IdentityKey {
  readonly id: string
  readonly userId: UserId
  readonly provider: ProviderId
  /** The email at the provider when it was linked, for display. */
  readonly email: string | null
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
}

/** Enough for every provider and a second account at some. */
export const maxIdentitiesPerUser = 10

/** With what a user can sign in. */
export interface SignInMethods {
  readonly hasPassword: boolean
  /** The passkeys that are enough alone: those that verify the user and are not suspended. */
  readonly passkeys: number
  /** The issuers of the identities. */
  readonly identities: readonly string[]
}

/**
 * Whether a user with these methods can sign in. An identity does not sign in if its issuer is not that of a configured
 * provider, for example since `OIDC_ISSUER` names another one.
 */
export function canSignIn(
  { hasPassword, passkeys, identities }: SignInMethods,
  issuers: readonly string[],
): boolean {
  return hasPassword || passkeys > 0 || identities.some((issuer) => issuers.includes(issuer))
}

/** When a visitor has authenticated at a provider that does not say: at any time, so it never counts as recent. */
export const unknownAuthentication: Instant = 0

/** How much the clock of a provider may be ahead of or behind ours. */
export const maxProviderClockDifference: Milliseconds = minute

/** A visit of a signed-in user to a provider, to confirm that it is them. */
export interface ConfirmationVisit {
  readonly startedAt: Instant
  readonly completedAt: Instant
}

/** Why an authentication at a provider does not confirm that it is the user. */
export type ConfirmationProblem = 'no-auth-time' | 'stale-auth-time' | 'future-auth-time'

/**
 * Returns `null` if the user has authenticated at the provider during the visit. A session that the provider already had
 * does not count, nor does a provider that does not say when (`auth_time` of OpenID Connect Core section 2).
 */
export function confirmationProblem(
  authenticatedAt: Instant | null,
  { startedAt, completedAt }: ConfirmationVisit,
): ConfirmationProblem | null {
  if (authenticatedAt === null) return 'no-auth-time'
  // Not `<`: what is no number must not pass.
  if (!(authenticatedAt >= startedAt - maxProviderClockDifference)) return 'stale-auth-time'
  const isFuture = authenticatedAt > completedAt + maxProviderClockDifference
  return isFuture ? 'future-auth-time' : null
}
