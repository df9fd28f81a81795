import { addressGroup } from '../domain/address.ts'
import { emailKey } from '../domain/email.ts'
import type { Throttled } from '../domain/refusals.ts'
import {
  type AttemptPolicy,
  accountPolicy,
  addressPolicy,
  retryAfterSeconds,
} from '../domain/throttle.ts'
import type { AttemptRepository, Reservation } from './ports/attempt-repository.ts'
import type { Clock } from './ports/clock.ts'
import type { Secrets } from './ports/secrets.ts'

export interface ThrottlePorts {
  readonly attempts: AttemptRepository
  readonly secrets: Pick<Secrets, 'hash'>
  readonly clock: Clock
}

/** One thing that is counted. */
export interface Counter {
  readonly key: string
  readonly policy: AttemptPolicy
}

/** Asks the shared counters. Keys are hashes: people type passwords into address fields. */
export function createThrottle({ attempts, secrets, clock }: ThrottlePorts) {
  const keyOf = (kind: string, text: string) => `${kind}:${secrets.hash(text)}`

  function answer(reservation: Reservation, now: number): Throttled | null {
    if (reservation.status === 'allowed') return null
    return { status: 'throttled', retryAfterSeconds: retryAfterSeconds(reservation.until, now) }
  }

  return {
    account(email: string): Counter {
      return { key: keyOf('account', emailKey(email)), policy: accountPolicy }
    },
    address(ipAddress: string | null): Counter {
      return { key: keyOf('address', addressGroup(ipAddress)), policy: addressPolicy }
    },
    codes(ipAddress: string | null, policy: AttemptPolicy): Counter {
      return { key: keyOf('code', addressGroup(ipAddress)), policy }
    },
    /** Counts a failure in advance; `null` lets the attempt through. */
    async reserve({ key, policy }: Counter): Promise<Throttled | null> {
      const now = clock.now()
      return answer(await attempts.reserve(key, policy, now), now)
    },
    refund: ({ key }: Counter) => attempts.refund(key),
    clear: ({ key }: Counter) => attempts.clear(key),
  }
}

export type Throttle = ReturnType<typeof createThrottle>
