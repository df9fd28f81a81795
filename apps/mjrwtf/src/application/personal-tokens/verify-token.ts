import { isInNetworks } from '../../domain/ip-network.ts'
import {
  hasTokenChecksum,
  type PersonalToken,
  tokenUsePrecision,
} from '../../domain/personal-token.ts'
import { effectiveScopes, type Scope } from '../../domain/scope.ts'
import type { Instant } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import { createWindows } from '../shared/windows.ts'
import type { PersonalTokensDependencies } from './dependencies.ts'

export interface PresentedPersonalToken {
  readonly token: string
  /** Of the client, behind trusted proxies. */
  readonly ipAddress: string | null
}

export type VerifyTokenResult =
  | {
      readonly status: 'valid'
      readonly token: PersonalToken
      readonly user: User
      /** What it may do now. */
      readonly scopes: readonly Scope[]
    }
  /** Not a token, recognized without the database. */
  | { readonly status: 'malformed' }
  /** Never created, revoked or purged. */
  | { readonly status: 'unknown' }
  | {
      readonly status: 'refused'
      readonly reason: 'expired' | 'wrong-network'
      readonly token: PersonalToken
      readonly user: User
    }

/**
 * Verifies a personal access token. One statement reads the token and its user, so a revoked token, a deleted account and
 * a lost role count from the next request on. A use is recorded later, at most once a minute for each token.
 */
export type VerifyToken = (presented: PresentedPersonalToken) => Promise<VerifyTokenResult>

interface VerifyTokenDependencies
  extends Pick<PersonalTokensDependencies, 'addTokenUse' | 'clock'> {
  readonly personalTokens: Pick<PersonalTokensDependencies['personalTokens'], 'find'>
  readonly secrets: Pick<PersonalTokensDependencies['secrets'], 'hash'>
}

/** Tokens whose last use is remembered until it is written. Beyond it, uses are queued more often. */
const maxRememberedTokens = 10_000

export function createVerifyToken(dependencies: VerifyTokenDependencies): VerifyToken {
  const { personalTokens, addTokenUse, secrets, clock } = dependencies
  const queued = createWindows({
    length: tokenUsePrecision,
    max: maxRememberedTokens,
    create: () => ({ isQueued: false }),
  })

  function recordUse({ id, lastUsedAt }: PersonalToken, ipAddress: string | null, at: Instant) {
    if (lastUsedAt !== null && at - lastUsedAt < tokenUsePrecision) return
    const window = queued.valueAt(id, at)
    if (window.isQueued) return
    window.isQueued = true
    addTokenUse({ tokenId: id, at, ipAddress })
  }

  return async function verifyToken({ token: presented, ipAddress }) {
    if (!hasTokenChecksum(presented)) return { status: 'malformed' }
    const found = await personalTokens.find(secrets.hash(presented))
    if (found === null) return { status: 'unknown' }
    const now = clock.now()
    const reason = refusalOf(found.token, ipAddress, now)
    if (reason !== null) return { status: 'refused', reason, ...found }
    recordUse(found.token, ipAddress, now)
    return { status: 'valid', ...found, scopes: effectiveScopes(found.token.scopes, found.user) }
  }
}

function refusalOf({ expiresAt, networks }: PersonalToken, ipAddress: string | null, now: Instant) {
  if (now >= expiresAt) return 'expired'
  return networks.length > 0 && !isInNetworks(ipAddress, networks) ? 'wrong-network' : null
}
