import type { Milliseconds } from './domain/time.ts'

/** What the environment asks for, checked. Holds secrets: never log it. */
export interface Config {
  readonly port: number
  readonly host: string
  /** Public origin without a trailing slash, `https://mjr.wtf`. http only on loopback. */
  readonly baseUrl: string
  /** Origin of short links; equal to `baseUrl` when they have no host of their own. */
  readonly shortBaseUrl: string
  readonly database: DatabaseConfig
  /** Newest first; older ones still verify. `null`: read or make the file beside the SQLite database. */
  readonly secretKeys: readonly string[] | null
  readonly session: SessionConfig
  /** CIDRs or single addresses. */
  readonly trustedProxies: readonly string[]
  /** AUTH_TOKENS and AUTH_TOKEN together: shared bearer tokens that act for the operator. */
  readonly authTokens: readonly string[]
  readonly signUp: SignUpMode
  /** In code points, 8 to 64. */
  readonly passwordMinLength: number
  readonly logLevel: LogLevel
}

export type DatabaseConfig =
  /** `file` may be relative to the working directory. */
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string }

export interface SessionConfig {
  readonly maxAge: Milliseconds
  readonly idleTimeout: Milliseconds
  readonly rememberMaxAge: Milliseconds
  readonly rememberIdleTimeout: Milliseconds
  /** Without the `__Host-` prefix, which follows from `baseUrl`. */
  readonly cookieName: string
  readonly sameSite: 'Lax' | 'Strict' | 'None'
  readonly cleanupInterval: Milliseconds
  readonly ipCheck: 'off' | 'log' | 'subnet' | 'strict'
  readonly maxPerUser: number
}

export type SignUpMode = 'closed' | 'open' | 'invite'
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** One variable whose value cannot be used. */
export interface ConfigProblem {
  readonly variable: string
  /** The value that was given, masked where it is secret. */
  readonly given: string
  /** What would be accepted, in words. */
  readonly accepted: string
}

export type ConfigResult =
  | { readonly status: 'ok'; readonly config: Config }
  | { readonly status: 'invalid'; readonly problems: readonly ConfigProblem[] }
