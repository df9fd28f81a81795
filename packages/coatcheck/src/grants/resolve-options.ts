import { formatDuration, requireDuration } from '../domain/duration.ts'
import { rejectOption } from '../domain/errors.ts'
import {
  type ExpectedObject,
  requireFunctions,
  requireInteger,
  requireMethods,
  requireNested,
  requireOptions,
} from '../domain/options.ts'
import { day, hour, type Milliseconds, minute } from '../domain/time.ts'
import type { GrantStore } from '../ports/grant-store.ts'
import { expectedClock, expectedRandom, systemClock, systemRandom } from '../ports/system.ts'
import { type ResolvedCacheOptions, resolveCacheOptions } from '../sessions/resolve-options.ts'
import type { GrantTimeoutOptions } from './grants.ts'
import { type GrantsOptions, grantsOptionNames, grantTimeoutNames } from './options.ts'

/** How long a grant is valid, in ms. */
export interface GrantTimeouts {
  readonly absolute: Milliseconds
  readonly idle: Milliseconds
}

/** `GrantsOptions` with defaults applied and values checked. */
export interface ResolvedGrantsOptions extends Required<Omit<GrantsOptions, 'cache'>> {
  readonly store: GrantStore
  readonly accessTokenTimeout: Milliseconds
  readonly timeouts: GrantTimeouts
  readonly refreshGrace: Milliseconds
  readonly retention: Milliseconds
  readonly cache: ResolvedCacheOptions | null
}

type RequiredMethod = {
  [Name in keyof GrantStore]-?: object extends Pick<GrantStore, Name> ? never : Name
}[keyof GrantStore]

/** Complete, or this does not compile. */
const storeMethods: Readonly<Record<RequiredMethod, true>> = {
  insert: true,
  find: true,
  listByUser: true,
  rotate: true,
  end: true,
  endByUser: true,
  endByClient: true,
  endExpired: true,
  purge: true,
}

const expectedGrantStore: ExpectedObject = {
  methods: Object.keys(storeMethods),
  expected: 'createSqliteGrantStore(database), createPostgresGrantStore(pool) or another store',
}

/** Throws `invalid-option`, naming the option. */
export function resolveGrantsOptions(
  store: GrantStore,
  options: GrantsOptions,
): ResolvedGrantsOptions {
  requireMethods('store', store, expectedGrantStore)
  requireOptions('createGrants', options, grantsOptionNames)
  const { events = [], clock = systemClock, random = systemRandom } = options
  requireFunctions('events', events)
  requireMethods('clock', clock, expectedClock)
  requireMethods('random', random, expectedRandom)
  const tokenTimeout = options.accessTokenTimeout ?? 15 * minute
  const grace = options.refreshGrace ?? '10s'
  const limit = options.maxGrantsPerClient ?? 20
  return {
    ...resolvePrefixes(options),
    store,
    events,
    clock,
    random,
    accessTokenTimeout: requireDuration('accessTokenTimeout', tokenTimeout, [minute, day]),
    timeouts: resolveGrantTimeouts(options.timeouts ?? {}, { absolute: 365 * day, idle: 30 * day }),
    refreshGrace: requireDuration('refreshGrace', grace, [0, minute]),
    maxGrantsPerClient: requireInteger('maxGrantsPerClient', limit, [1, 1000]),
    retention: requireDuration('retention', options.retention ?? '30d', [hour, 3650 * day]),
    cache: options.cache === undefined ? null : resolveCacheOptions(options.cache),
  }
}

/** Throws `invalid-option` for a value that disables a timeout or exceeds its maximum. */
export function resolveGrantTimeouts(
  options: GrantTimeoutOptions,
  defaults: GrantTimeouts,
): GrantTimeouts {
  requireNested('timeouts', options, grantTimeoutNames)
  const range = [minute, 3650 * day] as const
  const absolute = requireDuration(
    'timeouts.absolute',
    options.absolute ?? defaults.absolute,
    range,
  )
  // A shorter absolute timeout alone is not a mistake.
  const idle = options.idle ?? Math.min(defaults.idle, absolute)
  const timeouts = { absolute, idle: requireDuration('timeouts.idle', idle, range) }
  if (timeouts.idle <= absolute) return timeouts
  return rejectOption(
    `timeouts.idle must not exceed timeouts.absolute, ${formatDuration(absolute)}`,
  )
}

function resolvePrefixes({
  accessTokenPrefix = 'cc_at_',
  refreshTokenPrefix = 'cc_rt_',
}: GrantsOptions) {
  requirePrefix('accessTokenPrefix', accessTokenPrefix)
  requirePrefix('refreshTokenPrefix', refreshTokenPrefix)
  if (accessTokenPrefix === refreshTokenPrefix) {
    rejectOption('refreshTokenPrefix must differ from accessTokenPrefix')
  }
  return { accessTokenPrefix, refreshTokenPrefix }
}

function requirePrefix(name: string, prefix: unknown): void {
  if (typeof prefix === 'string' && /^[A-Za-z0-9_-]{1,32}$/.test(prefix)) return
  rejectOption(`${name} must be 1 to 32 characters of A-Z, a-z, 0-9, _ and -`)
}
