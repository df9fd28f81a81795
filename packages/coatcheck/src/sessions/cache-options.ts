import { type Milliseconds, minute, second } from '../domain/time.ts'
import { type MonotonicClock, systemMonotonicClock } from '../ports/clock.ts'
import type { RevocationChannel } from '../ports/revocation-channel.ts'
import { requireInteger } from './option-values.ts'

/** Bytes that cached sessions may take, unless said otherwise. */
const defaultMaxBytes = 64 * 1024 * 1024

/**
 * Verification from memory, under a lease. A revocation, rotation or change made in this process
 * counts at once; one made elsewhere as soon as the channel tells of it, in milliseconds; and never
 * later than `leaseDuration` plus the request under way, whatever becomes of the channel: a session
 * is told from memory only while the channel has proved itself alive within that time.
 */
export interface CacheOptions {
  /** Tells of changes made elsewhere; must be of the same database as the store. */
  readonly channel: RevocationChannel
  /**
   * How long the channel's last proof counts, 100 to 60 000 ms. Default 2 000. The longest that a
   * session revoked by another process can still pass here while the network between is broken.
   * Shorter means more heartbeats: four in each lease.
   */
  readonly leaseDuration?: Milliseconds
  /**
   * Sessions kept, at most: 1 to 10 million. Default 100 000. Those not used for longest make room.
   */
  readonly maxEntries?: number
  /**
   * Bytes they may take by estimate, 64 KiB to 8 GiB. Default 64 MiB, some 45 000
   * sessions without data of note.
   */
  readonly maxBytes?: number
  /**
   * What the lease is measured by, so that a clock that is set does not lengthen
   * it. Default: the machine's.
   */
  readonly monotonicClock?: MonotonicClock
}

export type ResolvedCacheOptions = Required<CacheOptions>

/** Throws `invalid-option`, naming the option. */
export function resolveCacheOptions(options: CacheOptions): ResolvedCacheOptions {
  return {
    channel: options.channel,
    leaseDuration: requireInteger('cache.leaseDuration', options.leaseDuration ?? 2 * second, [
      100,
      minute,
    ]),
    maxEntries: requireInteger('cache.maxEntries', options.maxEntries ?? 100_000, [1, 10_000_000]),
    maxBytes: requireInteger('cache.maxBytes', options.maxBytes ?? defaultMaxBytes, [
      2 ** 16,
      2 ** 33,
    ]),
    monotonicClock: options.monotonicClock ?? systemMonotonicClock,
  }
}
