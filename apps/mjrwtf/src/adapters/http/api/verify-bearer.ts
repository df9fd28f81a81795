import type { VerifyBearer } from 'coatcheck/http'
import type { OAuth } from '../../../application/oauth/oauth.ts'
import type { PersonalTokens } from '../../../application/personal-tokens/personal-tokens.ts'
import type { Limits } from '../../../application/shared/rate-limits.ts'
import { personalTokenPrefix } from '../../../domain/personal-token.ts'
import type { Throttled } from '../../../domain/results.ts'
import { accessTokenPrefix } from '../../../domain/token-prefixes.ts'
import type { User } from '../../../domain/user.ts'
import type { ApiToken } from '../http-context.ts'
import { createVerifySharedToken, type SharedTokenContext } from './verify-shared-token.ts'

/** A token of a known user that is not accepted. */
export interface RefusedToken {
  readonly status: 'refused'
  readonly reason: 'expired' | 'wrong-network' | 'disabled'
  readonly name: string
  readonly user: User
}

/** `null` for a token that is not known. */
export type BearerToken = ApiToken | RefusedToken | Throttled

export interface BearerContext extends SharedTokenContext {
  readonly personalTokens: Pick<PersonalTokens, 'verify'>
  readonly oauth: Pick<OAuth, 'verifyAccessToken'>
  readonly limits: SharedTokenContext['limits'] & Pick<Limits, 'invalidToken'>
}

type VerifyKind = (token: string, ipAddress: string | null) => Promise<VerifiedKind>

/**
 * `uncounted`: invalid, but no guess. Either recognized without the database, which a client that sends it again must not
 * occupy; or an access token that was valid once, whose client learns from the 401 that it has to refresh it.
 */
type VerifiedKind = BearerToken | { readonly status: 'uncounted' } | null

/**
 * Verifies bearer tokens of every kind; the prefix decides which. Every invalid token that may be a guess is counted before
 * the response, so that concurrent guesses cannot exceed the limit.
 */
export function createVerifyBearer(context: BearerContext): VerifyBearer<BearerToken> {
  const verifyPersonal = createVerifyPersonal(context)
  const verifyGrant = createVerifyGrant(context)
  const verifyShared = createVerifySharedToken(context)

  function verifierOf(token: string): VerifyKind {
    if (token.startsWith(personalTokenPrefix)) return verifyPersonal
    return token.startsWith(accessTokenPrefix) ? verifyGrant : verifyShared
  }

  return async (token, { ipAddress }) => {
    const verified = await verifierOf(token)(token, ipAddress)
    if (verified?.status === 'uncounted') return null
    if (verified?.status === 'valid' || verified?.status === 'throttled') return verified
    return (await context.limits.invalidToken(ipAddress)) ?? verified
  }
}

function createVerifyPersonal({ personalTokens }: BearerContext): VerifyKind {
  return async (presented, ipAddress) => {
    const result = await personalTokens.verify({ token: presented, ipAddress })
    if (result.status === 'malformed') return { status: 'uncounted' }
    if (result.status === 'unknown') return null
    const { user, token } = result
    const { name, expiresAt } = token
    if (result.status === 'refused') return { status: 'refused', reason: result.reason, name, user }
    const rateLimitKey = tokensKey(user)
    return {
      ...{ status: 'valid', kind: 'personal', user, name, expiresAt, rateLimitKey },
      sharedIndex: null,
      scopes: result.scopes,
    }
  }
}

function createVerifyGrant({ oauth }: BearerContext): VerifyKind {
  return async (presented) => {
    const result = await oauth.verifyAccessToken(presented)
    if (result.status === 'ended') return { status: 'uncounted' }
    if (result.status === 'unknown') return null
    const { user, scopes, expiresAt } = result
    const rateLimitKey = tokensKey(user)
    const noDetails = { name: null, sharedIndex: null }
    return { status: 'valid', kind: 'grant', user, scopes, expiresAt, rateLimitKey, ...noDetails }
  }
}

/** One count for all tokens of a user, who can have many. Separate from that of the sessions. */
function tokensKey({ id }: User): string {
  return `tokens:${id}`
}
