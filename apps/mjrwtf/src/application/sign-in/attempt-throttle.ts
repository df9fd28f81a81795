import type { Clock } from 'coatcheck'
import {
  type AttemptPolicy,
  accountPolicy,
  devicePolicy,
  factorPolicy,
  ipPolicy,
  retryAfterSeconds,
} from '../../domain/attempt-policy.ts'
import { emailKey } from '../../domain/email.ts'
import { ipGroup } from '../../domain/ip-address.ts'
import type { Throttled } from '../../domain/results.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { AttemptRepository, Reservation } from '../ports/throttling.ts'

export interface ThrottleDependencies {
  readonly attempts: AttemptRepository
  readonly secrets: Pick<Secrets, 'hash'>
  readonly clock: Clock
}

/** A counter of failed attempts. */
export interface Counter {
  readonly key: string
  readonly policy: AttemptPolicy
  /** After a success: reset the counter, or only take the attempt back, because other clients share an IP address. */
  readonly onSuccess: 'clear' | 'refund'
}

/** Throttles attempts by counters in the database. Keys are hashed, because users type passwords into email fields. */
export function createThrottle({ attempts, secrets, clock }: ThrottleDependencies) {
  const accountKey = (email: string) => keyOf('account', emailKey(email))
  const factorKey = (email: string) => `${accountKey(email)}:factor`
  const keyOf = (kind: string, text: string) => `${kind}:${secrets.hash(text)}`

  function toResult(reservation: Reservation, now: number): Throttled | null {
    if (reservation.status === 'allowed') return null
    return { status: 'throttled', retryAfterSeconds: retryAfterSeconds(reservation.until, now) }
  }

  return {
    account(email: string): Counter {
      return { key: accountKey(email), policy: accountPolicy, onSuccess: 'clear' }
    },
    /** A known device of the account. */
    device(email: string, id: string): Counter {
      const key = `${accountKey(email)}:${keyOf('device', id)}`
      return { key, policy: devicePolicy, onSuccess: 'clear' }
    },
    /** Second factors of the user. A reset of the password does not reset it: only a success and an operator do. */
    factors(email: string): Counter {
      return { key: factorKey(email), policy: factorPolicy, onSuccess: 'clear' }
    },
    /** The same for a known device of the account. */
    factorsOfDevice(email: string, id: string): Counter {
      const key = `${factorKey(email)}:${keyOf('device', id)}`
      return { key, policy: factorPolicy, onSuccess: 'clear' }
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
    /** Counts a failure in advance. Returns `null` if the attempt is allowed. */
    async reserve({ key, policy }: Counter): Promise<Throttled | null> {
      const now = clock.now()
      return toResult(await attempts.reserve(key, policy, now), now)
    },
    /** Call after a success. */
    complete: ({ key, onSuccess }: Counter) => attempts[onSuccess](key),
    refund: ({ key }: Counter) => attempts.refund(key),
    clear: ({ key }: Counter) => attempts.clear(key),
    /** Resets all counters of an account, including those of its devices and its second factors. */
    unlockAccount: (email: string) => attempts.clearAll(accountKey(email)),
  }
}

export type Throttle = ReturnType<typeof createThrottle>
