import { mustHaveSecondFactor } from '../../domain/second-factor-policy.ts'
import {
  type BrowserTrustToken,
  browserTrustDuration,
  type TrustedBrowser,
  trustTokenOf,
  withTrustToken,
} from '../../domain/trusted-browser.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { Device } from '../ports/client-detection.ts'
import type { ClientInfo } from '../shared/describe-client.ts'
import type { SignInDependencies } from './dependencies.ts'

export interface TrustRequest {
  readonly user: User
  /** Tokens of the browser, from its cookie. */
  readonly tokens: readonly BrowserTrustToken[]
  readonly client: ClientInfo
}

export interface TrustedBrowserView extends TrustedBrowser {
  readonly device: Device
  readonly isCurrent: boolean
}

/** The browsers in which users skip the second step. Each function rejects if the database fails. */
export interface TrustedBrowsers {
  /**
   * Whether the user may skip the second step at all. Not if the policy of the site requires a second factor of the user:
   * for a month, the password alone would be enough to sign in.
   */
  isAllowed(user: User): boolean
  /** Whether the user skips the second step in this browser. Call it only after the password was correct. */
  isTrusted(request: TrustRequest): Promise<boolean>
  /**
   * Trusts the browser for 30 days, and returns the tokens that it has afterwards. `null` if the user may not, or if
   * password or factors of the user have changed meanwhile.
   */
  trust(request: TrustRequest): Promise<readonly BrowserTrustToken[] | null>
  list(user: User, tokens: readonly BrowserTrustToken[]): Promise<readonly TrustedBrowserView[]>
  /** `not-found` covers a browser that another user trusts and one that is not trusted any more. */
  end(userId: UserId, id: string): Promise<'ended' | 'not-found'>
}

type TrustedBrowsersDependencies = Pick<
  SignInDependencies,
  'trustedBrowsers' | 'secrets' | 'secondFactorPolicy' | 'detectDevice' | 'clock'
>

export function createTrustedBrowsers(dependencies: TrustedBrowsersDependencies): TrustedBrowsers {
  const { trustedBrowsers, secrets, secondFactorPolicy, detectDevice, clock } = dependencies

  const isAllowed = (user: User) => !mustHaveSecondFactor(secondFactorPolicy, user)

  return {
    isAllowed,
    async isTrusted({ user, tokens, client }) {
      const token = trustTokenOf(user, tokens)
      if (token === null || !isAllowed(user)) return false
      const tokenHash = secrets.hash(token.secret)
      const { userId, id } = token
      return trustedBrowsers.use({ userId, id, tokenHash, at: clock.now(), ...client })
    },
    async trust({ user, tokens, client }) {
      if (!isAllowed(user)) return null
      const now = clock.now()
      const token = { userId: user.id, id: secrets.id(), secret: secrets.code() }
      const browser = {
        id: token.id,
        userId: user.id,
        tokenHash: secrets.hash(token.secret),
        createdAt: now,
        lastUsedAt: now,
        expiresAt: now + browserTrustDuration,
        ...client,
      }
      return (await trustedBrowsers.add(browser, user)) ? withTrustToken(tokens, token) : null
    },
    async list(user, tokens) {
      const currentId = trustTokenOf(user, tokens)?.id
      const browsers = await trustedBrowsers.list(user.id, clock.now())
      return browsers.map((browser) => ({
        ...browser,
        device: detectDevice(browser.userAgent),
        isCurrent: browser.id === currentId,
      }))
    },
    async end(userId, id) {
      return (await trustedBrowsers.end(userId, id)) ? 'ended' : 'not-found'
    },
  }
}
