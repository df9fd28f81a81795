import { isTokenShaped } from '../domain/mailed-token.ts'
import type { Throttled } from '../domain/refusals.ts'
import { codePolicy } from '../domain/throttle.ts'
import type { Secrets } from './ports/secrets.ts'
import type { Throttle } from './throttle.ts'

export interface TokenTry {
  readonly token: string
  readonly ipAddress: string | null
}

/** Not a token of ours, or one that was used, has expired or was made worthless. */
export interface DeadToken {
  readonly status: 'dead'
}

export interface TryTokenPorts {
  readonly throttle: Throttle
  readonly secrets: Pick<Secrets, 'hash'>
}

/**
 * Looks a presented token up by its hash, and counts a failure against where it came from when there is none
 * (ASVS 5.0 V6.6.3). Which tokens nobody has, 256 random bits keep from being found; this is for those who try.
 */
export function createTryToken({ throttle, secrets }: TryTokenPorts) {
  return async function tryToken<Found extends object>(
    { token, ipAddress }: TokenTry,
    find: (hash: string) => Promise<Found | null>,
  ): Promise<Found | DeadToken | Throttled> {
    const counter = throttle.codes(ipAddress, codePolicy)
    const throttled = await throttle.reserve(counter)
    if (throttled !== null) return throttled
    const found = isTokenShaped(token) ? await find(secrets.hash(token)) : null
    if (found === null) return { status: 'dead' }
    await throttle.refund(counter)
    return found
  }
}

export type TryToken = ReturnType<typeof createTryToken>
