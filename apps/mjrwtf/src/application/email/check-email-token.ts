import { hasTokenFormat } from '../../domain/email.ts'
import type { Throttled } from '../../domain/results.ts'
import type { EmailDependencies } from './dependencies.ts'

export interface TokenAttempt {
  readonly token: string
  readonly ipAddress: string | null
}

/** The token is unknown, used, expired or was invalidated. */
export interface InvalidToken {
  readonly status: 'invalid-token'
}

interface CheckEmailTokenDependencies extends Pick<EmailDependencies, 'secrets'> {
  readonly limits: Pick<EmailDependencies['limits'], 'invalidLink' | 'checkInvalidLinks'>
}

/**
 * Finds a presented token by its hash. An invalid token counts towards the limit of the client, and beyond that limit
 * no token of the client is looked up (ASVS 5.0 V6.6.3). A valid token does not count, however often it is presented.
 */
export function createCheckEmailToken({ limits, secrets }: CheckEmailTokenDependencies) {
  return async function checkEmailToken<Found extends object>(
    { token, ipAddress }: TokenAttempt,
    find: (hash: string) => Promise<Found | null>,
  ): Promise<Found | InvalidToken | Throttled> {
    const throttled = await limits.checkInvalidLinks(ipAddress)
    if (throttled !== null) return throttled
    // Not counted: the page was opened without the token, so this is not a guess.
    if (!hasTokenFormat(token)) return { status: 'invalid-token' }
    const found = await find(secrets.hash(token))
    return found ?? (await limits.invalidLink(ipAddress)) ?? { status: 'invalid-token' }
  }
}

export type CheckEmailToken = ReturnType<typeof createCheckEmailToken>
