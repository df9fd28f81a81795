import type { Clock } from 'coatcheck'
import {
  type AttemptPolicy,
  accountPolicy,
  devicePolicy,
  ipPolicy,
  retryAfterSeconds,
} from '../../domain/attempt-policy.ts'
import { emailKey } from '../../domain/email.ts'
import { ipGroup } from '../../domain/ip-address.ts'
import type { Throttled } from '../../domain/results.ts'
import type { AttemptRepository, Reservation } from '../ports/attempt-repository.ts'
import type { Secrets } from '../ports/secrets.ts'

export interface ThrottlePorts {
  readonly attempts: AttemptRepository
  readonly secrets: Pick<Secrets, 'hash'>
  readonly clock: Clock
}

/** One thing that is counted. */
export interface Counter {
  readonly key: string
  readonly policy: AttemptPolicy
  /** Success starts the count anew, or is merely none of it: others share an address. */
  readonly onSuccess: 'clear' | 'refund'
}

/** Asks the shared counters. Keys are hashes: people type passwords into address fields. */
export function createThrottle({ attempts, secrets, clock }: ThrottlePorts) {
  const accountKey = (email: string) => keyOf('account', emailKey(email))
  const keyOf = (kind: string, text: string) => `${kind}:${secrets.hash(text)}`

  function toResult(reservation: Reservation, now: number): Throttled | null {
    if (reservation.status === 'allowed') return null
    return { status: 'throttled', retryAfterSeconds: retryAfterSeconds(reservation.until, now) }
  }

  return {
    account(email: string): Counter {
      return { key: accountKey(email), policy: accountPolicy, onSuccess: 'clear' }
    },
    /** A browser that is trusted for the account. */
    device(email: string, id: string): Counter {
      const key = `${accountKey(email)}:${keyOf('device', id)}`
      return { key, policy: devicePolicy, onSuccess: 'clear' }
    },
    ipAddress(ipAddress: string | null): Counter {
      return {
        key: keyOf('ip-address', ipGroup(ipAddress)),
        policy: ipPolicy,
        onSuccess: 'refund',
      }
    },
    codes(ipAddress: string | null, policy: AttemptPolicy): Counter {
      return { key: keyOf('code', ipGroup(ipAddress)), policy, onSuccess: 'refund' }
    },
    /** Counts a failure in advance; `null` lets the attempt through. */
    async reserve({ key, policy }: Counter): Promise<Throttled | null> {
      const now = clock.now()
      return toResult(await attempts.reserve(key, policy, now), now)
    },
    /** After a success. */
    complete: ({ key, onSuccess }: Counter) => attempts[onSuccess](key),
    refund: ({ key }: Counter) => attempts.refund(key),
    clear: ({ key }: Counter) => attempts.clear(key),
    /** Forgets an account's failures, wherever they came from. */
    clearAll: (email: string) => attempts.clearAll(accountKey(email)),
  }
}

export type Throttle = ReturnType<typeof createThrottle>
