import { rejectOption } from '../domain/errors.ts'
import { type OptionNames, requireMethods, requireOptions } from '../domain/options.ts'
import { type WebSessionsOptions, webSessionsOptionNames } from '../http/web-sessions.ts'
import type { SessionBackend } from '../ports/session-backend.ts'
import {
  type CacheOptions,
  type DataOptions,
  type SessionsOptions,
  sessionsOptionNames,
} from '../sessions/options.ts'
import { type WebSecurityOptions, webSecurityOptionNames } from '../web-security/web-security.ts'

/**
 * Options of `coatcheck`: those of `createSessions`, `createWebSessions` and `createWebSecurity` in one
 * object, each with its default. Only `store`, `baseUrl` and `keys` are required. An invalid or unknown
 * option throws `SessionError` of code `invalid-option`, naming it.
 */
export interface CoatcheckOptions<Data>
  extends Omit<SessionsOptions<Data>, 'store' | 'data' | 'cache' | 'events'>,
    Omit<WebSessionsOptions, 'events' | 'clock' | 'random'>,
    Omit<WebSecurityOptions, 'baseUrl' | 'plainHttp' | 'apiPrefix' | 'trustedOrigins' | 'random'> {
  /** `sqlite('app.db')`, `postgres(pool)`, `memory()`, or another `SessionBackend`. */
  readonly store: SessionBackend
  /** Type and initial value of the data of a session. Default: none. */
  readonly data?: DataOptions<Data>
  /**
   * Whether the first use migrates the tables to the newest version. Set `false` for a role that may not
   * change them, and run `migrateSqliteSessions` or `migratePostgresSessions` before. Default `true`.
   */
  readonly migrate?: boolean
  /**
   * Serves verifications from a cache, with the channel of the backend. Default: on for `sqlite`, whose
   * cache accepts no session for longer than the file; otherwise off, because a session that another
   * process has revoked is accepted for milliseconds longer, or up to `leaseDuration` if the network
   * fails.
   */
  readonly cache?: boolean | Omit<CacheOptions, 'channel'>
  /**
   * Each receives every event of sessions and requests, in order. Default: failures and misconfigurations
   * are written to the console, one line each, without secrets. A list replaces that.
   */
  readonly events?: SessionsOptions<Data>['events']
}

const coatcheckOptionNames: OptionNames<CoatcheckOptions<unknown>> = {
  ...sessionsOptionNames,
  ...webSessionsOptionNames,
  ...webSecurityOptionNames,
  migrate: true,
}

const expectedBackend = {
  methods: ['open'],
  expected:
    "sqlite('app.db'), postgres(pool) or memory() of coatcheck/sqlite, /postgres or /memory",
}

/** Throws `invalid-option` for unknown options and a missing backend. */
export function requireCoatcheckOptions(
  options: Pick<CoatcheckOptions<never>, 'store'>,
  adapterOptionNames: Readonly<Record<string, true>>,
): void {
  requireOptions('coatcheck', options, { ...coatcheckOptionNames, ...adapterOptionNames })
  requireMethods('store', options.store, expectedBackend)
  // `DatabaseSync` has a method `open` too.
  if (hasMethod(options.store, 'prepare')) {
    rejectOption(`store is a database: pass ${expectedBackend.expected}`)
  }
}

function hasMethod(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'function'
}

/** Returns the options with these names, without those that are not given. */
export function pick<Options extends object, Name extends keyof Options>(
  options: Options,
  names: Readonly<Record<Name, true>>,
): Pick<Options, Name> {
  const entries = Object.entries(options).filter(([name]) => Object.hasOwn(names, name))
  return Object.fromEntries(entries) as Pick<Options, Name>
}
