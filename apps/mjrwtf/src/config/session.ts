import { day, type Milliseconds, minute, second } from '../domain/time.ts'
import { duration, formatDuration, integer, oneOf } from './values.ts'
import type { Variables } from './variables.ts'

export interface SessionConfig {
  readonly maxAge: Milliseconds
  readonly idleTimeout: Milliseconds
  readonly rememberMaxAge: Milliseconds
  readonly rememberIdleTimeout: Milliseconds
  /** Without the `__Host-` prefix, which depends on `baseUrl`. */
  readonly cookieName: string
  readonly sameSite: 'lax' | 'strict' | 'none'
  readonly cleanupInterval: Milliseconds
  readonly ipCheck: 'off' | 'log' | 'subnet' | 'strict'
  readonly maxPerUser: number
  /** Whether sessions are verified from the cache; see `CacheOptions` of the library. */
  readonly cache: 'on' | 'off'
}

/** Browsers limit cookies to 400 days (RFC 6265bis section 5.5), so no session can last longer. */
const maxTimeout = 400 * day

/** Reads the SESSION_ variables. */
export function readSession(variables: Variables, baseUrl: string): SessionConfig {
  const sameSite = variables.read<SessionConfig['sameSite']>('SESSION_SAME_SITE', {
    parse: oneOf(['lax', 'strict', 'none']),
    expected: 'lax, strict or, with an https BASE_URL, none',
    fallback: 'lax',
  })
  if (sameSite === 'none' && !baseUrl.startsWith('https:')) {
    variables.reject('SESSION_SAME_SITE', 'lax or strict; none requires an https BASE_URL')
  }
  return {
    ...readTimeouts(variables),
    sameSite,
    cookieName: variables.read('SESSION_COOKIE_NAME', {
      parse: cookieName,
      expected: 'up to 64 characters of A-Z, a-z, 0-9, - and _, except the names pre and flash',
      fallback: 'session',
    }),
    cleanupInterval: variables.read('SESSION_CLEANUP_INTERVAL', {
      parse: duration(minute, day),
      expected: 'a duration from 1m to 1d, such as 15m',
      fallback: 15 * minute,
      format: formatDuration,
    }),
    ipCheck: variables.read<SessionConfig['ipCheck']>('SESSION_IP_CHECK', {
      parse: oneOf(['off', 'log', 'subnet', 'strict']),
      expected: 'off, log, subnet or strict',
      fallback: 'log',
    }),
    maxPerUser: variables.read('MAX_SESSIONS_PER_USER', {
      parse: integer(1, 1_000),
      expected: 'a number from 1 to 1000',
      fallback: 20,
    }),
    cache: variables.read<SessionConfig['cache']>('SESSION_CACHE', {
      parse: oneOf(['on', 'off']),
      expected: 'on or off',
      fallback: 'on',
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
      parse: duration(minute, maxTimeout),
      expected: 'a duration from 1m to 400d, such as 24h',
      fallback,
      format: formatDuration,
    })
  const idle = (name: string, fallback: Milliseconds, max: Milliseconds) => {
    const expected = 'a duration of at least 1s and at most the absolute timeout, such as 30m'
    const value = variables.read(name, {
      parse: duration(second, maxTimeout),
      expected,
      fallback,
      format: formatDuration,
    })
    if (value > max) variables.reject(name, expected)
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
