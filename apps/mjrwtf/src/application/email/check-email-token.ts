import { hasTokenFormat } from '../../domain/email-token.ts'
import type { Throttled } from '../../domain/results.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface TokenAttempt {
  readonly token: string
  readonly ipAddress: string | null
}

/** Not a token of ours, or one that was used, has expired or was made worthless. */
export interface InvalidToken {
  readonly status: 'invalid-token'
}

export interface CheckEmailTokenPorts {
  readonly limits: Pick<Limits, 'invalidLink' | 'checkInvalidLinks'>
  readonly secrets: Pick<Secrets, 'hash'>
}

/**
 * Looks a presented token up by its hash. One that is none counts against where it came from, and after too many of
 * them nothing from there is looked at (ASVS 5.0 V6.6.3). One that works counts nothing, however often it is shown.
 */
export function createCheckEmailToken({ limits, secrets }: CheckEmailTokenPorts) {
  return async function checkEmailToken<Found extends object>(
    { token, ipAddress }: TokenAttempt,
    find: (hash: string) => Promise<Found | null>,
  ): Promise<Found | InvalidToken | Throttled> {
    const throttled = await limits.checkInvalidLinks(ipAddress)
    if (throttled !== null) return throttled
    // No try at all: a page that was opened without its link.
    if (!hasTokenFormat(token)) return { status: 'invalid-token' }
    const found = await find(secrets.hash(token))
    return found ?? (await limits.invalidLink(ipAddress)) ?? { status: 'invalid-token' }
  }
}

export type CheckEmailToken = ReturnType<typeof createCheckEmailToken>
