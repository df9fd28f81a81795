import type { Duration } from '../domain/duration.ts'
import type { GrantEventSink } from '../domain/grant-events.ts'
import type { OptionNames } from '../domain/options.ts'
import type { Clock, RandomSource } from '../ports/system.ts'
import type { CacheOptions } from '../sessions/options.ts'
import type { GrantTimeoutOptions } from './grants.ts'

/** Options of `createGrants`. An invalid value throws `SessionError` with code `invalid-option`. */
export interface GrantsOptions {
  /**
   * Before every access token, so that a secret scanner finds it (RFC 8959): up to 32 characters of A-Z, a-z, 0-9, _ and
   * -. Default `cc_at_`. A change invalidates all access tokens.
   */
  readonly accessTokenPrefix?: string
  /** As `accessTokenPrefix`, and another. Default `cc_rt_`. */
  readonly refreshTokenPrefix?: string
  /** How long an access token is valid: one minute to one day. Default `15m`. */
  readonly accessTokenTimeout?: Duration
  /** A change applies to grants created after it. */
  readonly timeouts?: GrantTimeoutOptions
  /**
   * How long a replaced refresh token returns the same tokens again, 0 to one minute, for a client whose response was
   * lost. Default `10s`. A thief who is faster than this is detected with the next refresh, not immediately.
   */
  readonly refreshGrace?: Duration
  /** Active grants per user and client, 1 to 1000. Default 20: one per device. The oldest end beyond it. */
  readonly maxGrantsPerClient?: number
  /** How long ended grants stay in the store: one hour to ten years. Default `30d`. */
  readonly retention?: Duration
  /**
   * Serves verifications from a cache. Default: every verification reads the store. With the same channel object, clock
   * and lease duration as the sessions, both share one subscription. A cached grant takes about 3 KB.
   */
  readonly cache?: CacheOptions
  /** Each receives every event, in order. Default none. */
  readonly events?: readonly GrantEventSink[]
  /** Default: the system clock. */
  readonly clock?: Clock
  /** Default: `node:crypto`. */
  readonly random?: RandomSource
}

export const grantsOptionNames: OptionNames<GrantsOptions> = {
  accessTokenPrefix: true,
  refreshTokenPrefix: true,
  accessTokenTimeout: true,
  timeouts: true,
  refreshGrace: true,
  maxGrantsPerClient: true,
  retention: true,
  cache: true,
  events: true,
  clock: true,
  random: true,
}

export const grantTimeoutNames: OptionNames<GrantTimeoutOptions> = { absolute: true, idle: true }
