import { day, hour, type Milliseconds, minute, second } from '../domain/time.ts'
import { resolveTimeouts, type TimeoutOptions, type TimeoutPolicy } from '../domain/timeouts.ts'
import { type Clock, systemClock } from '../ports/clock.ts'
import type { EventSink } from '../ports/event-sink.ts'
import { type RandomSource, systemRandom } from '../ports/random-source.ts'
import type { SessionCap, SessionStore } from '../ports/session-store.ts'
import {
  type CacheOptions,
  type ResolvedCacheOptions,
  resolveCacheOptions,
} from './cache-options.ts'
import { requireInteger, requireOneOf } from './option-values.ts'
import {
  type ResolvedUnknownTokenOptions,
  resolveUnknownTokenOptions,
  type UnknownTokenOptions,
} from './unknown-token-options.ts'

/** What is done about an address that differs from the one at sign-in. */
export type AddressCheck =
  /** Not looked at. */
  | 'off'
  /** An `ip-address-changed` event; from another network than signed in, a sensitive act asks for a step-up. */
  | 'log'
  /**
   * Refused outside the same network: /24 for IPv4, /64 for IPv6. Phones on the
   * move must sign in again.
   */
  | 'subnet'
  /** Refused unless equal. */
  | 'strict'

/** The data every new session starts with, and how stored data is read back. */
export interface DataOptions<Data> {
  /** First data of a session. Must survive JSON: no dates, maps, or undefined. */
  readonly initial: Data
  /**
   * Turns stored JSON into data, for example to fill in what an older release did not
   * write. Throw to refuse: the session is then treated as unreadable and opens nothing.
   * Default: taken as it is.
   */
  readonly decode?: (stored: unknown) => Data
}

/**
 * What sessions are made with. A bad value throws `SessionError` of code
 * `invalid-option` that names it.
 */
export interface SessionsOptions<Data> {
  /** Keeps the records. The caller opens and closes its database. */
  readonly store: SessionStore
  readonly data: DataOptions<Data>
  /**
   * Default: the `standard` preset, 24 h absolute and 30 min idle. Applies to
   * sessions made from now on.
   */
  readonly timeouts?: TimeoutOptions
  /**
   * Live sessions a user may have at once, 1 to 1000. Default 20. Bounds what one account
   * can fill the store with.
   */
  readonly maxSessionsPerUser?: number
  /**
   * What a sign-in over the cap does: ends the oldest session, or is
   * refused. Default `evict-oldest`.
   */
  readonly whenFull?: SessionCap['whenFull']
  /**
   * What happens when a secret comes back after its rotation and grace, which means that two
   * parties hold it. Default `end-session`; `report` only raises the event.
   */
  readonly onSecretReuse?: 'end-session' | 'report'
  /**
   * Default `log`. `subnet` and `strict` refuse the request and leave the
   * session to its rightful client.
   */
  readonly ipAddressCheck?: AddressCheck
  /**
   * As `ipAddressCheck`, for the User-Agent header. Default `log`. `strict` signs people
   * out when a browser updates.
   */
  readonly userAgentCheck?: Exclude<AddressCheck, 'subnet'>
  /**
   * Activity closer than this to what is stored is not written: 0 to 60 000 ms, and under
   * every idle timeout. Default 1 000. A larger value writes less, and sessions may
   * expire earlier by as much.
   */
  readonly activityPrecision?: Milliseconds
  /**
   * How long ended sessions are kept for "why was I signed out", in ms, one hour to
   * ten years. Default 30 days.
   */
  readonly retention?: Milliseconds
  /**
   * Pause between sweeps, in ms, one minute to one day; each is moved by up to a tenth so that
   * nodes spread. Default 15 minutes.
   */
  readonly sweepInterval?: Milliseconds
  /**
   * Verification from memory, which a revocation still reaches. Default: every
   * verification reads the store.
   */
  readonly cache?: CacheOptions
  /**
   * How many tokens that the store does not know one address may present. Default 100 in a minute.
   * `unlimited` where the addresses that reach `verify` are not those of clients.
   */
  readonly unknownTokens?: UnknownTokenOptions | 'unlimited'
  /** Told of every event, in order. Default none. */
  readonly events?: readonly EventSink[]
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Default: `node:crypto`. */
  readonly random?: RandomSource
}

/** The options with every default filled in, and every value accepted. */
export interface ResolvedOptions<Data> {
  readonly store: SessionStore
  readonly data: DataOptions<Data>
  readonly timeouts: TimeoutPolicy
  readonly cap: SessionCap
  readonly onSecretReuse: 'end-session' | 'report'
  readonly ipAddressCheck: AddressCheck
  readonly userAgentCheck: Exclude<AddressCheck, 'subnet'>
  readonly activityPrecision: Milliseconds
  readonly retention: Milliseconds
  readonly sweepInterval: Milliseconds
  readonly cache: ResolvedCacheOptions | null
  /** `null` for no limit. */
  readonly unknownTokens: ResolvedUnknownTokenOptions | null
  readonly events: readonly EventSink[]
  readonly clock: Clock
  readonly random: RandomSource
}

/**
 * Throws `invalid-option`, naming the option, when the object is made rather than when it is used.
 */
export function resolveOptions<Data>(options: SessionsOptions<Data>): ResolvedOptions<Data> {
  const timeouts = resolveTimeouts(options.timeouts ?? {})
  const maxPrecision = Math.min(minute, timeouts.idle - 1)
  return {
    store: options.store,
    data: options.data,
    timeouts,
    cap: {
      limit: requireInteger('maxSessionsPerUser', options.maxSessionsPerUser ?? 20, [1, 1000]),
      whenFull: requireOneOf('whenFull', options.whenFull ?? 'evict-oldest', [
        'evict-oldest',
        'refuse',
      ]),
    },
    onSecretReuse: requireOneOf('onSecretReuse', options.onSecretReuse ?? 'end-session', [
      'end-session',
      'report',
    ]),
    ipAddressCheck: requireOneOf('ipAddressCheck', options.ipAddressCheck ?? 'log', [
      'off',
      'log',
      'subnet',
      'strict',
    ]),
    userAgentCheck: requireOneOf('userAgentCheck', options.userAgentCheck ?? 'log', [
      'off',
      'log',
      'strict',
    ]),
    activityPrecision: requireInteger(
      'activityPrecision',
      options.activityPrecision ?? Math.min(second, maxPrecision),
      [0, maxPrecision],
    ),
    retention: requireInteger('retention', options.retention ?? 30 * day, [hour, 3650 * day]),
    sweepInterval: requireInteger('sweepInterval', options.sweepInterval ?? 15 * minute, [
      minute,
      day,
    ]),
    cache: options.cache === undefined ? null : resolveCacheOptions(options.cache),
    unknownTokens: resolveUnknownTokenOptions(options.unknownTokens ?? {}),
    events: options.events ?? [],
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  }
}
