import type { DatabaseLocation } from '../adapters/persistence/persistence.ts'
import type { GeoLocator, OpenGeoDatabase } from '../application/ports/client-detection.ts'
import type { SecondFactorPolicy } from '../domain/second-factor-policy.ts'
import { parseTimeZone, type TimeZone, utc } from '../domain/time-zone.ts'
import type { SignUpMode } from '../domain/user.ts'
import { type BackupConfig, readBackup } from './backup.ts'
import { type CorsConfig, readCors } from './cors.ts'
import { type MigrationConfig, readDatabase, readMigration } from './database.ts'
import { type DestinationsConfig, readDestinations } from './destinations.ts'
import { type MailConfig, readMail } from './mail.ts'
import { type MetricsConfig, readMetrics } from './metrics.ts'
import { findMisspelled, type MisspelledVariable } from './misspelled.ts'
import { type PasswordConfig, readPasswords } from './passwords.ts'
import { type ProvidersConfig, readProviders } from './providers.ts'
import { readSession, type SessionConfig } from './session.ts'
import { type ReadFile, readSite, type SiteConfig } from './site.ts'
import { readSmsGateway, type SmsGatewayConfig } from './sms.ts'
import { readTokenAuth, type TokenAuthConfig } from './token-auth.ts'
import {
  bearerToken,
  filePath,
  host,
  integer,
  ipRange,
  listOf,
  oneOf,
  origin,
  secretKey,
} from './values.ts'
import {
  type ConfigProblem,
  createVariables,
  type Environment,
  type ReadSecretFile,
  type VariableReport,
  type Variables,
} from './variables.ts'

/** The validated configuration. Contains secrets: never log it. */
export interface Config
  extends PasswordConfig,
    MailConfig,
    MetricsConfig,
    TokenAuthConfig,
    BackupConfig,
    SiteConfig,
    DestinationsConfig,
    CorsConfig {
  readonly port: number
  readonly host: string
  /** Public origin without a trailing slash, such as `https://mjr.wtf`; http only on loopback and, if allowed, on a private IP address. */
  readonly baseUrl: string
  /** Whether `baseUrl` may be http on a private IP address. */
  readonly allowPlainHttp: boolean
  /** Origin of short links; equal to `baseUrl` unless they have their own host. */
  readonly shortBaseUrl: string
  readonly database: DatabaseLocation
  readonly migration: MigrationConfig
  /** Newest first; older ones still verify. `null`: read or create the file beside the SQLite database. */
  readonly secretKeys: readonly string[] | null
  readonly session: SessionConfig
  /** CIDR ranges or single IP addresses. */
  readonly trustedProxies: readonly string[]
  /** AUTH_TOKENS and AUTH_TOKEN combined: shared bearer tokens that act as the operator. */
  readonly authTokens: readonly string[]
  /** `null` if no GeoIP file is configured or opened. */
  readonly locateIp: GeoLocator | null
  /** Path of the file of blocked domains, which is read again when it changes. `null` without one. */
  readonly blocklistFile: string | null
  /** `null`: no codes by text message. */
  readonly smsGateway: SmsGatewayConfig | null
  readonly providers: ProvidersConfig
  /** Referrer-Policy of the redirects of short links. */
  readonly redirectReferrerPolicy: string
  readonly signUp: SignUpMode
  readonly requireSecondFactor: SecondFactorPolicy
  readonly logLevel: LogLevel
  /** `null`: text on a terminal, otherwise JSON. */
  readonly logFormat: 'text' | 'json' | null
  /** IANA name. For users whose account has none. */
  readonly defaultTimeZone: TimeZone
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

export type ConfigResult =
  | { readonly status: 'ok'; readonly config: Config }
  | { readonly status: 'invalid'; readonly problems: readonly ConfigProblem[] }

/** How the config reads files. */
export interface ConfigFiles {
  readonly readSecretFile: ReadSecretFile
  /** Without it the GeoIP file is not opened, for programs that do not need it. */
  readonly openGeoDatabase?: OpenGeoDatabase
  /** Without it the logo is not read, for programs that show no page. */
  readonly readFile?: ReadFile
}

/** Reads the environment and reports every invalid value, not only the first. */
export function loadConfig(environment: Environment, files: ConfigFiles): ConfigResult {
  const variables = createVariables(environment, files.readSecretFile)
  const config = readConfig(environment, variables, files)
  const problems = variables.problems()
  return problems.length > 0 ? { status: 'invalid', problems } : { status: 'ok', config }
}

/** What `loadConfig` reads, for the operator: each variable, what is invalid, and names that are probably misspelled. */
export interface ConfigInspection {
  readonly variables: readonly VariableReport[]
  readonly problems: readonly ConfigProblem[]
  readonly misspelled: readonly MisspelledVariable[]
}

export function inspectConfig(environment: Environment, files: ConfigFiles): ConfigInspection {
  const variables = createVariables(environment, files.readSecretFile)
  readConfig(environment, variables, files)
  const reports = variables.reports()
  return {
    variables: reports,
    problems: variables.problems(),
    misspelled: findMisspelled(environment, reports),
  }
}

function readConfig(environment: Environment, variables: Variables, files: ConfigFiles): Config {
  const port = variables.read('PORT', {
    parse: integer(1, 65_535),
    expected: 'a port from 1 to 65535',
    fallback: 8_080,
  })
  const allowPlainHttp =
    variables.read('ALLOW_PLAIN_HTTP', {
      parse: oneOf(['off', 'on']),
      expected: 'off, or on to accept an http BASE_URL on a private IP address',
      fallback: 'off',
    }) === 'on'
  const readOrigin = createReadOrigin(variables, allowPlainHttp)
  const baseUrl = readOrigin('BASE_URL', `http://localhost:${port}`)
  const database = readDatabase(variables)
  // Also if its URL is invalid, so that all problems are reported together.
  const isPostgres =
    database.kind === 'postgres' || /^postgres/.test(environment.DATABASE_URL ?? '')
  const secretKeys = readSecretKeys(variables, isPostgres)
  const requireSecondFactor = readSecondFactorPolicy(variables)
  const shortBaseUrl = readOrigin('SHORT_BASE_URL', baseUrl)
  const siteConfig = readSite(variables, { baseUrl, shortBaseUrl, readFile: files.readFile })
  return {
    port,
    host: variables.read('HOST', {
      parse: host,
      expected: 'an IP address or host name to listen on',
      fallback: '127.0.0.1',
    }),
    baseUrl,
    allowPlainHttp,
    shortBaseUrl,
    ...siteConfig,
    database,
    migration: readMigration(variables, database),
    secretKeys,
    session: readSession(variables, baseUrl),
    trustedProxies: variables.read('TRUSTED_PROXIES', {
      parse: listOf(ipRange),
      expected: 'comma-separated IP addresses or CIDR ranges, such as 10.0.0.0/8',
      fallback: [],
    }),
    authTokens: readAuthTokens(variables),
    ...readTokenAuth(variables),
    locateIp: readGeoDatabase(variables, files.openGeoDatabase),
    blocklistFile: readBlocklistFile(variables, files.readFile),
    requireSecondFactor,
    ...readPasswords(variables, { secretKeys: secretKeys ?? [], requireSecondFactor }),
    ...readMail(variables, { baseUrl, siteName: siteConfig.site.name }),
    ...readMetrics(variables),
    smsGateway: readSmsGateway(variables),
    providers: readProviders(variables),
    ...readBackup(variables),
    ...readDestinations(variables),
    ...readCors(variables, allowPlainHttp),
    ...readRules(variables),
  }
}

function createReadOrigin(variables: Variables, allowPlainHttp: boolean) {
  const where = allowPlainHttp
    ? 'on localhost and private IP addresses only'
    : 'on localhost only; on a private IP address with ALLOW_PLAIN_HTTP=on'
  return (name: string, fallback: string) =>
    variables.read(name, {
      parse: origin(allowPlainHttp),
      expected: `an origin without a path, such as https://mjr.wtf (http ${where})`,
      fallback,
    })
}

function readSecretKeys(variables: Variables, required: boolean): readonly string[] | null {
  const expected = 'comma-separated random keys of at least 32 bytes each, newest first'
  const keys = variables.read<readonly string[] | null>('SECRET_KEYS', {
    parse: listOf(secretKey),
    expected,
    fallback: null,
    mask: 'hidden',
    format: () => 'the file secret-keys beside the SQLite database',
  })
  if (required && !variables.isSet('SECRET_KEYS')) {
    // All processes need the same keys, so none may generate its own.
    variables.reject('SECRET_KEYS', `${expected}; required with PostgreSQL`)
  }
  return keys
}

function readAuthTokens(variables: Variables): readonly string[] {
  const rules = {
    expected: 'at least 8 characters of A-Z, a-z, 0-9 and ._~+/-',
    fallback: [],
    mask: 'hidden',
  } as const
  const many = variables.read('AUTH_TOKENS', {
    ...rules,
    parse: listOf(bearerToken),
    expected: `comma-separated tokens, each of ${rules.expected}`,
  })
  const parseOne = (text: string) => {
    const token = bearerToken(text)
    return token === null ? null : [token]
  }
  const one = variables.read<readonly string[]>('AUTH_TOKEN', { ...rules, parse: parseOne })
  return [...new Set([...many, ...one])]
}

/** The file must be readable at the start; its content is read by the server. */
function readBlocklistFile(variables: Variables, readFile: ConfigFiles['readFile']): string | null {
  const expected = 'the path of a text file with a domain on each line'
  const path = variables.read<string | null>('BLOCKLIST_FILE', {
    parse: filePath,
    expected,
    fallback: null,
  })
  if (path === null || readFile === undefined) return path
  // One byte more is enough to know that it is readable.
  if (readFile(path, maxBlocklistBytes) === null) {
    variables.reject(
      'BLOCKLIST_FILE',
      `${expected}; this file cannot be read or is larger than 64 MiB`,
    )
  }
  return path
}

const maxBlocklistBytes = 64 * 1024 * 1024

function readGeoDatabase(
  variables: Variables,
  openGeoDatabase?: OpenGeoDatabase,
): GeoLocator | null {
  const expected = 'the path of a .mmdb file with cities or countries'
  const path = variables.read<string | null>('GEOIP_DATABASE', {
    parse: filePath,
    expected,
    fallback: null,
  })
  if (path === null || openGeoDatabase === undefined) return null
  const result = openGeoDatabase(path)
  if (result.status === 'open') return result.locateIp
  variables.reject('GEOIP_DATABASE', `${expected}; this file ${result.problem}`)
  return null
}

function readSecondFactorPolicy(variables: Variables): SecondFactorPolicy {
  return variables.read<SecondFactorPolicy>('REQUIRE_SECOND_FACTOR', {
    parse: oneOf(['off', 'administrators', 'everyone']),
    expected: 'off, administrators or everyone',
    fallback: 'administrators',
  })
}

/** Those of the specification but `unsafe-url` and its older form, which send paths to every destination, also over http. */
const referrerPolicies = [
  'strict-origin-when-cross-origin',
  'strict-origin',
  'origin',
  'origin-when-cross-origin',
  'same-origin',
  'no-referrer',
] as const

function readRules(
  variables: Variables,
): Pick<
  Config,
  'signUp' | 'redirectReferrerPolicy' | 'logLevel' | 'logFormat' | 'defaultTimeZone'
> {
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
  return {
    redirectReferrerPolicy: variables.read<string>('REDIRECT_REFERRER_POLICY', {
      parse: oneOf(referrerPolicies),
      expected: referrerPolicies.join(', '),
      fallback: 'strict-origin-when-cross-origin',
    }),
    signUp: variables.read<SignUpMode>('SIGNUP', {
      parse: oneOf(['closed', 'open', 'invite']),
      expected: 'closed, open or invite',
      fallback: 'closed',
    }),
    defaultTimeZone: variables.read('DEFAULT_TIME_ZONE', {
      parse: parseTimeZone,
      expected: 'the name of a time zone, such as Europe/Berlin',
      fallback: utc,
    }),
    logLevel: variables.read<LogLevel>('LOG_LEVEL', {
      parse: oneOf(levels),
      expected: 'trace, debug, info, warn, error, fatal or silent',
      fallback: 'info',
    }),
    logFormat: variables.read<'text' | 'json' | null>('LOG_FORMAT', {
      parse: oneOf<'text' | 'json'>(['text', 'json']),
      expected: 'text or json',
      fallback: null,
      format: () => 'text on a terminal, otherwise json',
    }),
  }
}
