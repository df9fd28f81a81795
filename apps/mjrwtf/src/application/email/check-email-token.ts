import { hasTokenFormat } from '../../domain/email.ts'
import type { Throttled } from '../../domain/results.ts'
import type { EmailDependencies } from './dependencies.ts'

export interface TokenAttempt {
  readonly token: string
  readonly ipAddress: string | null
  /** Whether an invalid token counts for the client. False if another site caused the request. */
  readonly counts: boolean
}

/** The token is unknown, used, expired or was invalidated. */
export interface InvalidToken {
  readonly status: 'invalid-token'
}

interface CheckEmailTokenDependencies extends Pick<EmailDependencies, 'secrets'> {
  readonly limits: Pick<EmailDependencies['limits'], 'invalidLink'>
}

/**
 * Finds a presented token by its hash. An invalid token counts towards the limit of the client (ASVS 5.0 V6.6.3). A valid
 * token neither counts nor waits: other clients behind the same IP address must not be able to block the link of a user,
 * and a token of 256 random bits cannot be guessed at any rate.
 */
export function createCheckEmailToken({ limits, secrets }: CheckEmailTokenDependencies) {
  return async function checkEmailToken<Found extends object>(
    { token, ipAddress, counts }: TokenAttempt,
    find: (hash: string) => Promise<Found | null>,
  ): Promise<Found | InvalidToken | Throttled> {
    // Not counted: the page was opened without the token, so this is not a guess.
    if (!hasTokenFormat(token)) return { status: 'invalid-token' }
    const found = await find(secrets.hash(token))
    if (found !== null) return found
    const throttled = counts ? await limits.invalidLink(ipAddress) : null
    return throttled ?? { status: 'invalid-token' }
  }
}

export type CheckEmailToken = ReturnType<typeof createCheckEmailToken>
