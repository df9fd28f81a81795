import type { Duration } from '../domain/duration.ts'
import type { EventSink } from '../domain/events.ts'
import type { Storable } from '../domain/json.ts'
import type { OptionNames } from '../domain/options.ts'
import type { StandardSchema } from '../domain/standard-schema.ts'
import type { TimeoutOptions } from '../domain/timeouts.ts'
import type { RevocationChannel } from '../ports/revocation-channel.ts'
import type { SessionCap, SessionStore } from '../ports/session-store.ts'
import type { Clock, MonotonicClock, RandomSource } from '../ports/system.ts'
import type { WaitUntil } from './immediate-activity.ts'

/** What happens when a client's IP address or user agent differs from the one at sign-in. */
export type ClientCheck =
  /** Nothing: it is not compared. */
  | 'off'
  /**
   * An `ip-address-changed` or `user-agent-changed` event. From another network or user agent,
   * sensitive operations require a step-up.
   */
  | 'log'
  /**
   * For IP addresses: requests from another network (/24 for IPv4, /64 for IPv6) are rejected.
   * Users of mobile phones must sign in again when their network changes.
   */
  | 'subnet'
  /** Any difference is rejected. */
  | 'strict'

/** The data of sessions: its type, its initial value, and how stored data of earlier releases is read. */
export interface DataOptions<Data> {
  /**
   * The data of a new session. JSON must carry it unchanged (`Storable`). A key that is added later appears
   * in existing sessions too, with this value: data that is read gets the keys of `initial` that it lacks.
   * So a key of `initial` that is removed returns to its initial value.
   */
  readonly initial: Storable<Data>
  /**
   * Types the data by its output and validates it at each sign-in, save and read. Data that is saved and
   * does not match throws `invalid-argument`; stored data that does not match makes the session unreadable,
   * so that it does not authenticate. Give the schema defaults for what older sessions lack. It must be
   * synchronous, accept its own output, and have an output that JSON carries unchanged. Default: the types
   * are not checked at run time.
   */
  readonly schema?: StandardSchema<Data>
  /**
   * Turns stored JSON into data, for example to convert the shape of an older release. Replaces the
   * completion with the keys of `initial`; a schema validates the result. Throw to reject the data: the
   * session is then unreadable and does not authenticate.
   */
  readonly decode?: (stored: unknown) => Data
}

/** Options of `createSessions`. An invalid value throws `SessionError` with code `invalid-option`. */
export interface SessionsOptions<Data> {
  /** Stores the records. The caller opens and closes its database. */
  readonly store: SessionStore
  readonly data: DataOptions<Data>
  /**
   * Default: the `standard` preset, 24 h absolute and 30 min idle. A change applies to sessions
   * created after it.
   */
  readonly timeouts?: TimeoutOptions
  /** Active sessions per user, 1 to 1000. Default 20. Bounds the rows that one user can create. */
  readonly maxSessionsPerUser?: number
  /** Whether a sign-in over the cap ends the oldest session or is refused. Default `evict-oldest`. */
  readonly whenFull?: SessionCap['whenFull']
  /**
   * What happens when a replaced secret is presented after its grace period, which means that two
   * parties hold it. Default `end-session`; `report` only reports the event.
   */
  readonly onSecretReuse?: 'end-session' | 'report'
  /** Default `log`. `subnet` and `strict` reject the request and leave the session active. */
  readonly ipAddressCheck?: ClientCheck
  /**
   * As `ipAddressCheck`, for the User-Agent header. Default `log`. With `strict`, a browser update
   * signs its user out.
   */
  readonly userAgentCheck?: Exclude<ClientCheck, 'subnet'>
  /**
   * Activity that is newer than the stored activity by less than this is not written: 0 to
   * 60 000 ms, and below every idle timeout. Default 1 000. A larger value causes fewer writes, and
   * sessions may expire earlier by up to this amount.
   */
  readonly activityPrecision?: Duration
  /**
   * When activity is written. Default `batched`: from memory, in one statement per second for all sessions.
   * `immediate`: in the request that causes it, before `verify` returns, if the stored activity is older by
   * `activityPrecision`; for platforms that suspend the process after the response, where a longer
   * `activityPrecision` such as `1m` saves most writes. A function, such as `waitUntil` of the platform, gets
   * the promise of the same write, which then does not delay the response. With the last two, no timer
   * starts, also not that of the sweeps of `coatcheck`: call `sessions.sweep` in a scheduled job. A write that fails is reported (`activity-lost`) and does not fail the request.
   */
  readonly activityWrites?: 'batched' | 'immediate' | WaitUntil
  /**
   * How long ended sessions stay in the store, so that users can see why they were signed out:
   * one hour to ten years. Default `30d`. Of each user, only the 100 that ended last stay
   * beyond the next sign-in.
   */
  readonly retention?: Duration
  /**
   * Time between sweeps, one minute to one day. Each is shifted by up to a tenth, so that
   * processes do not sweep at the same time. Default 15 minutes.
   */
  readonly sweepInterval?: Duration
  /** Serves verifications from a cache. Default: every verification reads the store. */
  readonly cache?: CacheOptions
  /**
   * Limits the unknown tokens that one IP address may present. Default 100 per minute. Use
   * `unlimited` if `verify` does not receive the IP addresses of clients.
   */
  readonly unknownTokens?: UnknownTokenOptions | 'unlimited'
  /** Each receives every event, in order. Default none. */
  readonly events?: readonly EventSink[]
  /** Default: the system clock. */
  readonly clock?: Clock
  /** Default: `node:crypto`. */
  readonly random?: RandomSource
}

/**
 * A cache for `verify`, valid under a lease. A revocation, rotation or data change made by this
 * process takes effect immediately. One made by another process takes effect when the channel
 * delivers it, usually within milliseconds, and at the latest after `leaseDuration` plus the
 * duration of the request in flight: the cache is used only while the channel has acknowledged a
 * heartbeat within that time.
 */
export interface CacheOptions {
  /** Delivers the changes of other processes. Must use the same database as the store. */
  readonly channel: RevocationChannel
  /**
   * How long an acknowledged heartbeat is valid, 100 to 60 000 ms. Default 2 000. While the network
   * between two processes is down, a session that one has revoked is accepted by the other for at
   * most this long. Each lease sends four heartbeats, so a shorter one sends more.
   */
  readonly leaseDuration?: Duration
  /** Cached sessions, 1 to 10 million. Default 100 000. Sessions not used recently are evicted. */
  readonly maxEntries?: number
  /**
   * Estimated size of the cached sessions in bytes, 64 KiB to 8 GiB. Default 64 MiB, enough for
   * about 45 000 sessions with little data.
   */
  readonly maxBytes?: number
  /**
   * Measures the lease, so that setting the system clock does not extend it. Default: the
   * system's monotonic clock.
   */
  readonly monotonicClock?: MonotonicClock
}

/**
 * A limit on the unknown tokens that one IP address may present, which protects the store.
 *
 * A well-formed token counts if the store says that it names no session or has the wrong secret. The
 * window starts with the first such token. After `limit` of them, and until the window ends, the
 * address is served `limit / 5` further reads per second; beyond those, `verify` returns `throttled`
 * without a read, and the cookie must be kept. A valid token does not use up a read, so that a user who
 * shares the address with an attacker gets through at one of the next attempts.
 *
 * Never throttled: a token that this process has issued, or that the store has confirmed to it, among
 * the last 50 000 (or as many as the cache holds, if more), whatever others at the address present.
 * A token that the store did not know is rejected without a read for the length of a window.
 *
 * A read that fails counts like an unknown token, so that the limit holds while the store is
 * overloaded, but its token may be read again.
 *
 * Not counted: requests without a token, malformed tokens, and tokens of sessions that have ended
 * or expired. An IPv4 address counts by itself; an IPv6 address counts with its /64, because
 * providers assign a /64 per customer. A client with an unknown address is neither counted nor
 * throttled, because all such clients would share one count.
 *
 * Per window, the store answers at most `limit + limit / 5` per second unknown tokens of one address,
 * even if more arrive concurrently: further requests wait for those in flight. By default, these are
 * 1 300 per minute. The counts are in memory, for the last 10 000 addresses, and separate for each
 * process.
 */
export interface UnknownTokenOptions {
  /** 1 to 100 000. Default 100. */
  readonly limit?: number
  /** One second to one hour. Default `1m`. */
  readonly window?: Duration
}

/** All options of `createSessions`. */
export const sessionsOptionNames: OptionNames<SessionsOptions<unknown>> = {
  store: true,
  data: true,
  timeouts: true,
  maxSessionsPerUser: true,
  whenFull: true,
  onSecretReuse: true,
  ipAddressCheck: true,
  userAgentCheck: true,
  activityPrecision: true,
  activityWrites: true,
  retention: true,
  sweepInterval: true,
  cache: true,
  unknownTokens: true,
  events: true,
  clock: true,
  random: true,
}

export const dataOptionNames: OptionNames<DataOptions<unknown>> = {
  initial: true,
  schema: true,
  decode: true,
}

export const cacheOptionNames: OptionNames<CacheOptions> = {
  channel: true,
  leaseDuration: true,
  maxEntries: true,
  maxBytes: true,
  monotonicClock: true,
}

export const unknownTokenOptionNames: OptionNames<UnknownTokenOptions> = {
  limit: true,
  window: true,
}
