import { isTokenShaped } from '../domain/mailed-token.ts'
import type { Throttled } from '../domain/refusals.ts'
import type { Limits } from './limits.ts'
import type { Secrets } from './ports/secrets.ts'

export interface TokenTry {
  readonly token: string
  readonly ipAddress: string | null
}

/** Not a token of ours, or one that was used, has expired or was made worthless. */
export interface DeadToken {
  readonly status: 'dead'
}

export interface TryTokenPorts {
  readonly limits: Pick<Limits, 'wrongLink' | 'afterWrongLinks'>
  readonly secrets: Pick<Secrets, 'hash'>
}

/**
 * Looks a presented token up by its hash. One that is none counts against where it came from, and after too many of
 * them nothing from there is looked at (ASVS 5.0 V6.6.3). One that works counts nothing, however often it is shown.
 */
export function createTryToken({ limits, secrets }: TryTokenPorts) {
  return async function tryToken<Found extends object>(
    { token, ipAddress }: TokenTry,
    find: (hash: string) => Promise<Found | null>,
  ): Promise<Found | DeadToken | Throttled> {
    const throttled = await limits.afterWrongLinks(ipAddress)
    if (throttled !== null) return throttled
    // No try at all: a page that was opened without its link.
    if (!isTokenShaped(token)) return { status: 'dead' }
    const found = await find(secrets.hash(token))
    return found ?? (await limits.wrongLink(ipAddress)) ?? { status: 'dead' }
  }
}

export type TryToken = ReturnType<typeof createTryToken>
