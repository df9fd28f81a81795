import { duration, oneOf, wholeNumber } from './config-values.ts'
import type { Variables } from './config-variables.ts'
import { day, type Milliseconds, minute, second } from './domain/time.ts'

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
  /** Whether sessions are told from memory; see `CacheOptions` of the library. */
  readonly cache: 'on' | 'off'
}

/** A cookie lives 400 days at most (RFC 6265bis section 5.5), so no session can last longer. */
const longest = 400 * day

/** Reads the SESSION_ variables. */
export function readSession(variables: Variables, baseUrl: string): SessionConfig {
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
      parse: duration(minute, day),
      accepted: 'a duration from 1m to 1d, such as 15m',
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
    cache: variables.read<SessionConfig['cache']>('SESSION_CACHE', {
      parse: oneOf(['on', 'off']),
      accepted: 'on or off',
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
