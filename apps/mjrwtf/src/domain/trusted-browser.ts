import { day, type Instant, type Milliseconds } from './time.ts'
import type { User, UserId } from './user.ts'

/**
 * A browser in which a user skips the second step of a sign-in: the password is sufficient. The session then has
 * assurance level 1, so that sensitive operations still ask for the second factor. A device that only has attempt
 * counters of its own is a known device.
 */
export interface TrustedBrowser {
  /** Public handle. Does not authenticate. */
  readonly id: string
  readonly userId: UserId
  readonly ipAddress: string | null
  readonly userAgent: string | null
  readonly createdAt: Instant
  /** The last sign-in that skipped the second step; at first, the sign-in that started the trust. */
  readonly lastUsedAt: Instant
  readonly expiresAt: Instant
}

/** How long a browser is trusted. Signing in does not extend it. */
export const browserTrustDuration: Milliseconds = 30 * day

/** For each user. A further one replaces the one used longest ago. */
export const maxTrustedBrowsers = 20

/** What the cookie of a browser contains for each user who trusts it. Authenticates together with the password. */
export interface BrowserTrustToken {
  readonly userId: UserId
  readonly id: string
  readonly secret: string
}

/** A shared browser is trusted by the last few users. */
export const maxTokensPerBrowser = 5

/** The token of a user, or `null`. */
export function trustTokenOf(
  { id }: Pick<User, 'id'>,
  tokens: readonly BrowserTrustToken[],
): BrowserTrustToken | null {
  return tokens.find(({ userId }) => userId === id) ?? null
}

/** Adds a token to those of a browser, in place of an earlier one of the user. */
export function withTrustToken(
  tokens: readonly BrowserTrustToken[],
  token: BrowserTrustToken,
): readonly BrowserTrustToken[] {
  const others = tokens.filter(({ userId }) => userId !== token.userId)
  return [token, ...others].slice(0, maxTokensPerBrowser)
}
