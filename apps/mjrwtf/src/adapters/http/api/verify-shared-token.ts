import type { Accounts } from '../../../application/accounts/accounts.ts'
import type { Limits } from '../../../application/shared/rate-limits.ts'
import type { Throttled } from '../../../domain/results.ts'
import type { Scope } from '../../../domain/scope.ts'
import type { TokenAuthPhase } from '../../../domain/shared-token.ts'
import type { User } from '../../../domain/user.ts'
import type { ApiToken } from '../http-context.ts'
import { createSharedTokenCheck } from './shared-tokens.ts'

export interface SharedTokenContext {
  readonly options: {
    /** Shared bearer tokens that act as the operator. */
    readonly authTokens: readonly string[]
    readonly tokenAuth: TokenAuthPhase
  }
  readonly accounts: Pick<Accounts, 'findOperator'>
  readonly limits: Pick<Limits, 'checkInvalidTokens'>
}

/** A shared token in the last phase. It was compared first, so that only its holder learns about the phase. */
export interface DisabledToken {
  readonly status: 'refused'
  readonly reason: 'disabled'
  readonly name: string
  readonly user: User
}

/** Throttled if too many tokens from the client's network were invalid, unless it is too long to be guessed. */
export type VerifySharedToken = (
  token: string,
  ipAddress: string | null,
) => Promise<ApiToken | DisabledToken | Throttled | null>

/** What the API of the old service could do. */
const sharedTokenScopes: readonly Scope[] = ['links:read', 'links:write', 'stats:read']

/**
 * Length of tokens that cannot be guessed, so that they need no protection by the limit: others behind the same IP address
 * could block them.
 */
const unguessableLength = 32

/** Shared tokens are those of the old service: chosen by the operator, without an expiry. */
export function createVerifySharedToken(context: SharedTokenContext): VerifySharedToken {
  const { authTokens, tokenAuth } = context.options
  const indexOfToken = createSharedTokenCheck(authTokens)
  return async (token, ipAddress) => {
    const index = indexOfToken(token)
    if (index === null) return null
    const isGuessable = token.length < unguessableLength
    const throttled = isGuessable ? await context.limits.checkInvalidTokens(ipAddress) : null
    if (throttled !== null) return throttled
    const user = await context.accounts.findOperator()
    if (user === null) return null
    if (tokenAuth === 'disabled') return disabledToken(index, user)
    const details = { name: null, expiresAt: null, sharedIndex: index }
    const rateLimitKey = `token:${index}`
    return {
      status: 'valid',
      kind: 'shared',
      user,
      scopes: sharedTokenScopes,
      rateLimitKey,
      ...details,
    }
  }
}

/** Tokens have no names. Their places are those of the page of shared tokens. */
function disabledToken(index: number, user: User): DisabledToken {
  return { status: 'refused', reason: 'disabled', name: `shared token ${index + 1}`, user }
}
