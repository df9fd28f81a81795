import type { SignUpMode } from '../application/accounts/sign-up.ts'
import type { GeoLocator, OpenGeoDatabase } from '../application/ports/geo-locator.ts'
import {
  type DatabaseConfig,
  databaseLocation,
  databaseUrlHelp,
  withoutPassword,
} from './database-location.ts'
import { readGeoDatabase } from './geo.ts'
import { type MailConfig, readMail, type SmtpConfig } from './mail.ts'
import { type PasswordConfig, readPasswords } from './passwords.ts'
import { readSession, type SessionConfig } from './session.ts'
import { bearerToken, host, integer, ipRange, listOf, oneOf, origin, secretKey } from './values.ts'
import {
  type ConfigProblem,
  createVariables,
  type Environment,
  type Variables,
} from './variables.ts'

export type { ConfigProblem, DatabaseConfig, SessionConfig, SmtpConfig }

/** What the environment asks for, checked. Holds secrets: never log it. */
export interface Config extends PasswordConfig, MailConfig {
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
  /** What the GeoIP file tells of addresses; `null` where none is configured. */
  readonly locateIp: GeoLocator | null
  readonly signUp: SignUpMode
  readonly logLevel: LogLevel
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

export type ConfigResult =
  | { readonly status: 'ok'; readonly config: Config }
  | { readonly status: 'invalid'; readonly problems: readonly ConfigProblem[] }

/**
 * Reads the environment. Every value that cannot be used is listed, not only the first. Without `openPlaces`
 * the GeoIP file is left alone: not every program has a use for it.
 */
export function loadConfig(
  environment: Environment,
  openGeoDatabase?: OpenGeoDatabase,
): ConfigResult {
  const variables = createVariables(environment)
  const port = variables.read('PORT', {
    parse: integer(1, 65_535),
    expected: 'a port from 1 to 65535',
    fallback: 8_080,
  })
  const baseUrl = readOrigin(variables, 'BASE_URL', `http://localhost:${port}`)
  const secretKeys = readSecretKeys(variables, /^postgres/.test(environment.DATABASE_URL ?? ''))
  const config: Config = {
    port,
    host: variables.read('HOST', {
      parse: host,
      expected: 'an address or a name to listen on',
      fallback: '127.0.0.1',
    }),
    baseUrl,
    shortBaseUrl: readOrigin(variables, 'SHORT_BASE_URL', baseUrl),
    database: readDatabase(variables),
    secretKeys,
    session: readSession(variables, baseUrl),
    trustedProxies: variables.read('TRUSTED_PROXIES', {
      parse: listOf(ipRange),
      expected: 'comma-separated addresses or CIDR ranges such as 10.0.0.0/8',
      fallback: [],
    }),
    authTokens: readAuthTokens(variables),
    locateIp: readGeoDatabase(variables, openGeoDatabase),
    ...readPasswords(variables, secretKeys ?? []),
    ...readMail(variables, baseUrl),
    ...readRules(variables),
  }
  const problems = variables.problems()
  return problems.length > 0 ? { status: 'invalid', problems } : { status: 'ok', config }
}

function readOrigin(variables: Variables, name: string, fallback: string): string {
  return variables.read(name, {
    parse: origin,
    expected: 'an origin such as https://mjr.wtf without a path; http only on localhost',
    fallback,
  })
}

function readDatabase(variables: Variables): DatabaseConfig {
  return variables.read<DatabaseConfig>('DATABASE_URL', {
    parse: databaseLocation,
    expected: databaseUrlHelp,
    fallback: { kind: 'sqlite', file: './data/mjrwtf.db' },
    mask: withoutPassword,
  })
}

function readSecretKeys(variables: Variables, required: boolean): readonly string[] | null {
  const expected = 'comma-separated random keys of at least 32 bytes each, newest first'
  const keys = variables.read<readonly string[] | null>('SECRET_KEYS', {
    parse: listOf(secretKey),
    expected,
    fallback: null,
    mask: 'hidden',
  })
  if (required && !variables.isSet('SECRET_KEYS')) {
    // Every process needs the same keys, so none of them can make its own.
    variables.reject('SECRET_KEYS', `${expected}; required with PostgreSQL`)
  }
  return keys
}

function readAuthTokens(variables: Variables): readonly string[] {
  const rules = {
    expected: 'at least 8 of letters, digits and ._~+/-',
    fallback: [],
    mask: 'hidden',
  } as const
  const many = variables.read('AUTH_TOKENS', {
    ...rules,
    parse: listOf(bearerToken),
    expected: `comma-separated tokens, each ${rules.expected}`,
  })
  const parseOne = (text: string) => {
    const token = bearerToken(text)
    return token === null ? null : [token]
  }
  const one = variables.read<readonly string[]>('AUTH_TOKEN', { ...rules, parse: parseOne })
  return [...new Set([...many, ...one])]
}

function readRules(variables: Variables): Pick<Config, 'signUp' | 'logLevel'> {
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
  return {
    signUp: variables.read<SignUpMode>('SIGNUP', {
      parse: oneOf(['closed', 'open', 'invite']),
      expected: 'closed, open or invite',
      fallback: 'closed',
    }),
    logLevel: variables.read<LogLevel>('LOG_LEVEL', {
      parse: oneOf(levels),
      expected: levels.join(', '),
      fallback: 'info',
    }),
  }
}
