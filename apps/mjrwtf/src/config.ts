import type { SignUpMode } from './application/sign-up.ts'
import {
  addressRange,
  bearerToken,
  duration,
  host,
  listOf,
  oneOf,
  origin,
  secretKey,
  wholeNumber,
} from './config-values.ts'
import {
  type ConfigProblem,
  createVariables,
  type Environment,
  type Variables,
} from './config-variables.ts'
import {
  type DatabaseConfig,
  databaseAccepted,
  databaseLocation,
  withoutPassword,
} from './database-location.ts'
import { day, type Milliseconds, minute, second } from './domain/time.ts'

export type { ConfigProblem, DatabaseConfig }

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

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

export type ConfigResult =
  | { readonly status: 'ok'; readonly config: Config }
  | { readonly status: 'invalid'; readonly problems: readonly ConfigProblem[] }

/** Reads the environment. Every value that cannot be used is listed, not only the first. */
export function loadConfig(environment: Environment): ConfigResult {
  const variables = createVariables(environment)
  const port = variables.read('PORT', {
    parse: wholeNumber(1, 65_535),
    accepted: 'a port from 1 to 65535',
    fallback: 8_080,
  })
  const baseUrl = readOrigin(variables, 'BASE_URL', `http://localhost:${port}`)
  const database = readDatabase(variables)
  const config: Config = {
    port,
    host: variables.read('HOST', {
      parse: host,
      accepted: 'an address or a name to listen on',
      fallback: '127.0.0.1',
    }),
    baseUrl,
    shortBaseUrl: readOrigin(variables, 'SHORT_BASE_URL', baseUrl),
    database,
    secretKeys: readSecretKeys(variables, database),
    session: readSession(variables, baseUrl),
    trustedProxies: variables.read('TRUSTED_PROXIES', {
      parse: listOf(addressRange),
      accepted: 'comma-separated addresses or CIDR ranges such as 10.0.0.0/8',
      fallback: [],
    }),
    authTokens: readAuthTokens(variables),
    ...readRules(variables),
  }
  const problems = variables.problems()
  return problems.length > 0 ? { status: 'invalid', problems } : { status: 'ok', config }
}

function readOrigin(variables: Variables, name: string, fallback: string): string {
  return variables.read(name, {
    parse: origin,
    accepted: 'an origin such as https://mjr.wtf without a path; http only on localhost',
    fallback,
  })
}

function readDatabase(variables: Variables): DatabaseConfig {
  return variables.read<DatabaseConfig>('DATABASE_URL', {
    parse: databaseLocation,
    accepted: databaseAccepted,
    fallback: { kind: 'sqlite', file: './data/mjrwtf.db' },
    mask: withoutPassword,
  })
}

function readSecretKeys(variables: Variables, database: DatabaseConfig): readonly string[] | null {
  const accepted = 'comma-separated random keys of at least 32 bytes each, newest first'
  const keys = variables.read<readonly string[] | null>('SECRET_KEYS', {
    parse: listOf(secretKey),
    accepted,
    fallback: null,
    mask: 'hidden',
  })
  if (database.kind === 'postgres' && !variables.isGiven('SECRET_KEYS')) {
    // Every process needs the same keys, so none of them can make its own.
    variables.refuse('SECRET_KEYS', `${accepted}; required with PostgreSQL`)
  }
  return keys
}

function readAuthTokens(variables: Variables): readonly string[] {
  const rules = {
    accepted: 'at least 8 of letters, digits and ._~+/-',
    fallback: [],
    mask: 'hidden',
  } as const
  const many = variables.read('AUTH_TOKENS', {
    ...rules,
    parse: listOf(bearerToken),
    accepted: `comma-separated tokens, each ${rules.accepted}`,
  })
  const parseOne = (text: string) => {
    const token = bearerToken(text)
    return token === null ? null : [token]
  }
  const one = variables.read<readonly string[]>('AUTH_TOKEN', { ...rules, parse: parseOne })
  return [...new Set([...many, ...one])]
}

function readRules(
  variables: Variables,
): Pick<Config, 'signUp' | 'passwordMinLength' | 'logLevel'> {
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
  return {
    signUp: variables.read<SignUpMode>('SIGNUP', {
      parse: oneOf(['closed', 'open', 'invite']),
      accepted: 'closed, open or invite',
      fallback: 'closed',
    }),
    passwordMinLength: variables.read('PASSWORD_MIN_LENGTH', {
      parse: wholeNumber(8, 64),
      accepted: 'a number from 8 to 64',
      fallback: 15,
    }),
    logLevel: variables.read<LogLevel>('LOG_LEVEL', {
      parse: oneOf(levels),
      accepted: levels.join(', '),
      fallback: 'info',
    }),
  }
}

/** A cookie lives 400 days at most (RFC 6265bis section 5.5), so no session can last longer. */
const longest = 400 * day

function readSession(variables: Variables, baseUrl: string): SessionConfig {
  const sameSite = variables.read<SessionConfig['sameSite']>('SESSION_SAME_SITE', {
    parse: oneOf(['Lax', 'Strict', 'None']),
    accepted: 'Lax, Strict, or None with an https BASE_URL',
    fallback: 'Lax',
  })
  if (sameSite === 'None' && !baseUrl.startsWith('https:')) {
    variables.refuse('SESSION_SAME_SITE', 'Lax or Strict; None needs an https BASE_URL')
  }
  return {
    ...readTimeouts(variables),
    sameSite,
    cookieName: variables.read('SESSION_COOKIE_NAME', {
      parse: cookieName,
      accepted: 'up to 64 letters, digits, - and _, but not pre or flash',
      fallback: 'session',
    }),
    cleanupInterval: variables.read('SESSION_CLEANUP_INTERVAL', {
      parse: duration(second, day),
      accepted: 'a duration from 1s to 1d, such as 15m',
      fallback: 15 * minute,
    }),
    ipCheck: variables.read<SessionConfig['ipCheck']>('SESSION_IP_CHECK', {
      parse: oneOf(['off', 'log', 'subnet', 'strict']),
      accepted: 'off, log, subnet or strict',
      fallback: 'log',
    }),
    maxPerUser: variables.read('MAX_SESSIONS_PER_USER', {
      parse: wholeNumber(1, 1_000),
      accepted: 'a number from 1 to 1000',
      fallback: 20,
    }),
  }
}

type Timeouts = Pick<
  SessionConfig,
  'maxAge' | 'idleTimeout' | 'rememberMaxAge' | 'rememberIdleTimeout'
>

function readTimeouts(variables: Variables): Timeouts {
  const absolute = (name: string, fallback: Milliseconds) =>
    variables.read(name, {
      parse: duration(minute, longest),
      accepted: 'a duration from 1m to 400d, such as 24h',
      fallback,
    })
  const idle = (name: string, fallback: Milliseconds, over: Milliseconds) => {
    const accepted = 'a duration from 1s, such as 30m, and not over the absolute timeout'
    const value = variables.read(name, { parse: duration(second, longest), accepted, fallback })
    if (value > over) variables.refuse(name, accepted)
    return value
  }
  const maxAge = absolute('SESSION_MAX_AGE', day)
  const rememberMaxAge = absolute('SESSION_REMEMBER_MAX_AGE', 30 * day)
  return {
    maxAge,
    idleTimeout: idle('SESSION_IDLE_TIMEOUT', 30 * minute, maxAge),
    rememberMaxAge,
    rememberIdleTimeout: idle('SESSION_REMEMBER_IDLE_TIMEOUT', 14 * day, rememberMaxAge),
  }
}

function cookieName(text: string): string | null {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text)) return null
  return text === 'pre' || text === 'flash' ? null : text
}
