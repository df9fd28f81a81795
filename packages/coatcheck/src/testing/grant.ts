import type { Grants, IssuedTokens } from '../grants/grants.ts'
import { type Clock, systemClock } from '../ports/system.ts'

/** A grant for a test. */
export interface TestGrant {
  readonly userId: string
  /** Default none. */
  readonly scopes?: readonly string[]
  /** Default `test-client`. */
  readonly clientId?: string
  /** The clock of the grants. The user has authenticated and consented now. Default: the system clock. */
  readonly clock?: Clock
}

/** A grant, its tokens, and what the client application sends with each request. */
export interface IssuedTestGrant extends IssuedTokens {
  readonly headers: { readonly authorization: string }
}

/**
 * Issues a grant without the consent page and the token endpoint of the app. For tests only. Throws if the grant is
 * refused.
 */
export async function grantForTest(
  grants: Pick<Grants, 'issue'>,
  { userId, scopes = [], clientId = 'test-client', clock = systemClock }: TestGrant,
): Promise<IssuedTestGrant> {
  const now = clock.now()
  const outcome = await grants.issue({
    userId,
    clientId,
    scopes,
    authenticatedAt: now,
    authorizedAt: now,
  })
  if (outcome.status === 'refused') throw new Error(`The grant was refused: ${outcome.reason}`)
  const { status: _, ...tokens } = outcome
  return { ...tokens, headers: { authorization: `Bearer ${tokens.accessToken}` } }
}
