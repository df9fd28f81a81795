import type { SessionId } from '../../domain/session.ts'
import type { Instant, Milliseconds } from '../../domain/time.ts'
import type { PresentedHash } from '../secret.ts'
import { createRecentMap } from './recent-map.ts'

/** A token by its id and the hash of its secret. Both, because either alone may be known to others. */
export interface TokenKey {
  readonly id: SessionId
  readonly secretHash: PresentedHash
}

/** At least the last `capacity` tokens, each at most for `duration`. */
export function createTokenSet(
  capacity: number,
  duration: Milliseconds = Number.POSITIVE_INFINITY,
) {
  const expiries = createRecentMap<Instant>(capacity)

  return {
    has(token: TokenKey, now: Instant): boolean {
      const expiresAt = expiries.get(keyOf(token)) ?? now
      // If the clock was set back, the token would stay longer than the duration.
      return now < expiresAt && expiresAt - now <= duration
    },
    add: (token: TokenKey, now: Instant) => expiries.set(keyOf(token), now + duration),
    delete: (token: TokenKey) => expiries.delete(keyOf(token)),
  }
}

function keyOf({ id, secretHash }: TokenKey): string {
  return id + secretHash
}
