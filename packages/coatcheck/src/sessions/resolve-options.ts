import type { AssuranceLevel } from '../domain/authentication.ts'
import { requireDuration } from '../domain/duration.ts'
import { rejectOption } from '../domain/errors.ts'
import {
  type ExpectedObject,
  requireFunction,
  requireFunctions,
  requireInteger,
  requireMethods,
  requireNested,
  requireOneOf,
  requireOptions,
} from '../domain/options.ts'
import { day, hour, type Milliseconds, minute, second } from '../domain/time.ts'
import { requiredLevelOf, resolveTimeouts, type TimeoutPolicy } from '../domain/timeouts.ts'
import type { SessionCap, SessionStore } from '../ports/session-store.ts'
import {
  expectedClock,
  expectedRandom,
  systemClock,
  systemMonotonicClock,
  systemRandom,
} from '../ports/system.ts'
import type { WaitUntil } from './immediate-activity.ts'
import {
  type CacheOptions,
  type ClientCheck,
  cacheOptionNames,
  type DataOptions,
  dataOptionNames,
  type SessionsOptions,
  sessionsOptionNames,
  type UnknownTokenOptions,
  unknownTokenOptionNames,
} from './options.ts'

export interface ResolvedCacheOptions extends Required<CacheOptions> {
  readonly leaseDuration: Milliseconds
}

export interface ResolvedUnknownTokenOptions extends Required<UnknownTokenOptions> {
  readonly window: Milliseconds
}

type ReplacedOption = 'timeouts' | 'maxSessionsPerUser' | 'whenFull' | 'cache' | 'unknownTokens'

/** `SessionsOptions` with defaults applied and values checked. */
export interface ResolvedOptions<Data>
  extends Required<Omit<SessionsOptions<Data>, ReplacedOption>> {
  readonly timeouts: TimeoutPolicy
  /** The lowest level of a session that is accepted. */
  readonly requiredLevel: AssuranceLevel
  readonly activityPrecision: Milliseconds
  readonly retention: Milliseconds
  readonly sweepInterval: Milliseconds
  readonly cap: SessionCap
  readonly cache: ResolvedCacheOptions | null
  /** `null` for no limit. */
  readonly unknownTokens: ResolvedUnknownTokenOptions | null
}

type RequiredMethod = {
  [Name in keyof SessionStore]-?: object extends Pick<SessionStore, Name> ? never : Name
}[keyof SessionStore]

/** Complete, or this does not compile. */
const storeMethods: Readonly<Record<RequiredMethod, true>> = {
  insert: true,
  find: true,
  listByUser: true,
  replaceSecret: true,
  updateData: true,
  touch: true,
  end: true,
  endByUser: true,
  addPendingSignIn: true,
  findPendingSignIn: true,
  countPendingSignInAttempt: true,
  removePendingSignIn: true,
  endPendingSignIns: true,
  endExpired: true,
  purge: true,
  purgePendingSignIns: true,
}

/** What a store must be, also one that a backend has opened. */
export const expectedStore: ExpectedObject = {
  methods: Object.keys(storeMethods),
  expected: 'createSqliteSessionStore(database), createPostgresSessionStore(pool) or another store',
}

const expectedChannel: ExpectedObject = {
  methods: ['subscribe'],
  expected: 'the revocation channel of the store, such as createSqliteRevocationChannel(database)',
}

/** Throws `invalid-option`, naming the option. */
export function resolveOptions<Data>(options: SessionsOptions<Data>): ResolvedOptions<Data> {
  requireOptions('createSessions', options, sessionsOptionNames)
  const timeouts = resolveTimeouts(options.timeouts ?? {})
  const maxPrecision = Math.min(minute, timeouts.idle - 1)
  const precision = options.activityPrecision ?? Math.min(second, maxPrecision)
  const interval = options.sweepInterval ?? '15m'
  const whenFull = options.whenFull ?? 'evict-oldest'
  const onReuse = options.onSecretReuse ?? 'end-session'
  const ipAddressCheck = options.ipAddressCheck ?? 'log'
  const userAgentCheck = options.userAgentCheck ?? 'log'
  return {
    ...resolveDependencies(options),
    timeouts,
    requiredLevel: requiredLevelOf(options.timeouts ?? {}),
    cap: {
      limit: requireInteger('maxSessionsPerUser', options.maxSessionsPerUser ?? 20, [1, 1000]),
      whenFull: requireOneOf('whenFull', whenFull, ['evict-oldest', 'refuse']),
    },
    onSecretReuse: requireOneOf('onSecretReuse', onReuse, ['end-session', 'report']),
    ipAddressCheck: requireOneOf('ipAddressCheck', ipAddressCheck, ipAddressChecks),
    userAgentCheck: requireOneOf('userAgentCheck', userAgentCheck, ['off', 'log', 'strict']),
    activityPrecision: requireDuration('activityPrecision', precision, [0, maxPrecision]),
    activityWrites: resolveActivityWrites(options.activityWrites ?? 'batched'),
    retention: requireDuration('retention', options.retention ?? '30d', [hour, 3650 * day]),
    sweepInterval: requireDuration('sweepInterval', interval, [minute, day]),
    cache: options.cache === undefined ? null : resolveCacheOptions(options.cache),
    unknownTokens: resolveUnknownTokenOptions(options.unknownTokens ?? {}),
  }
}

function resolveDependencies<Data>(options: SessionsOptions<Data>) {
  const { store, data, events = [], clock = systemClock, random = systemRandom } = options
  requireMethods('store', store, expectedStore)
  requireData(data)
  requireFunctions('events', events)
  requireMethods('clock', clock, expectedClock)
  requireMethods('random', random, expectedRandom)
  return { store, data, events, clock, random }
}

function resolveActivityWrites(
  writes: 'batched' | 'immediate' | WaitUntil,
): 'batched' | 'immediate' | WaitUntil {
  if (typeof writes === 'function') return writes
  if (writes === 'batched' || writes === 'immediate') return writes
  return rejectOption('activityWrites must be batched, immediate, or a function like waitUntil')
}

const ipAddressChecks: readonly ClientCheck[] = ['off', 'log', 'subnet', 'strict']

export function resolveCacheOptions(options: CacheOptions): ResolvedCacheOptions {
  requireNested('cache', options, cacheOptionNames)
  requireMethods('cache.channel', options.channel, expectedChannel)
  const { monotonicClock = systemMonotonicClock } = options
  requireMethods('cache.monotonicClock', monotonicClock, expectedClock)
  const leaseDuration = options.leaseDuration ?? 2 * second
  return {
    channel: options.channel,
    leaseDuration: requireDuration('cache.leaseDuration', leaseDuration, [100, minute]),
    maxEntries: requireInteger('cache.maxEntries', options.maxEntries ?? 100_000, [1, 10_000_000]),
    maxBytes: requireInteger('cache.maxBytes', options.maxBytes ?? 2 ** 26, [2 ** 16, 2 ** 33]),
    monotonicClock,
  }
}

function resolveUnknownTokenOptions(
  options: UnknownTokenOptions | 'unlimited',
): ResolvedUnknownTokenOptions | null {
  if (options === 'unlimited') return null
  requireNested('unknownTokens', options, unknownTokenOptionNames)
  return {
    limit: requireInteger('unknownTokens.limit', options.limit ?? 100, [1, 100_000]),
    window: requireDuration('unknownTokens.window', options.window ?? minute, [second, hour]),
  }
}

function requireData<Data>(data: DataOptions<Data>): void {
  if (data === undefined) rejectOption('data is missing: pass { initial: {} } for none')
  requireNested('data', data, dataOptionNames)
  if (data.initial === undefined) rejectOption('data.initial is missing: pass {} for none')
  if (data.decode !== undefined) requireFunction('data.decode', data.decode)
}
