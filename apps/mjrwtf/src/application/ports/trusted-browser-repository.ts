import type { Instant } from '../../domain/time.ts'
import type { TrustedBrowser } from '../../domain/trusted-browser.ts'
import type { User, UserId } from '../../domain/user.ts'

export interface NewTrustedBrowser extends TrustedBrowser {
  /** Of the secret in its cookie. */
  readonly tokenHash: string
}

/** A token that a browser presents after the password of the user was correct. */
export interface PresentedTrust {
  readonly userId: UserId
  readonly id: string
  readonly tokenHash: string
  readonly at: Instant
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/**
 * Stores the browsers that users trust. A change of the password or of the number of second factors deletes those of the
 * user in the same statement, whatever makes it. Each operation is one statement. Rejects with `RepositoryError` only.
 */
export interface TrustedBrowserRepository {
  /**
   * Adds the browser if password and second factors are those of `user`, and returns whether it did. Of more than
   * `maxTrustedBrowsers`, those used longest ago are deleted; also with parallel calls.
   */
  add(
    browser: NewTrustedBrowser,
    user: Pick<User, 'passwordVersion' | 'secondFactors'>,
  ): Promise<boolean>
  /** Whether the user trusts the browser. If so, records the use. */
  use(trust: PresentedTrust): Promise<boolean>
  /** Those that have not expired, last used first. */
  list(userId: UserId, now: Instant): Promise<readonly TrustedBrowser[]>
  /** Returns `false` if the user has no trusted browser with that id. */
  end(userId: UserId, id: string): Promise<boolean>
  /** Ends the trust in all browsers of the user, or in all but one, and returns their number. */
  endAll(userId: UserId, except: string | null): Promise<number>
  /** Removes a batch of those that have expired. Returns whether there may be more. */
  purgeBatch(now: Instant): Promise<boolean>
}
