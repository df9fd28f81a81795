import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadConfig } from './config.ts'
import { formatProblems } from './variables.ts'

const key = 'kq3Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQe'

const secretFiles = new Map<string, string>()
const files = { readSecretFile: (path: string) => secretFiles.get(path) ?? null }

const image = new Uint8Array(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))
const readFile = (path: string) => {
  if (path === './logo.svg') return image
  return path === './no-image' ? new Uint8Array(Buffer.from('<html>')) : null
}

const failToOpen = () => ({ status: 'failed', problem: 'is not there' }) as const

function problemsOf(environment: Record<string, string>) {
  const result = loadConfig(environment, { ...files, openGeoDatabase: failToOpen, readFile })
  return result.status === 'invalid' ? result.problems : []
}

function configOf(environment: Record<string, string>) {
  const result = loadConfig(environment, files)
  if (result.status === 'invalid') throw new Error(formatProblems(result.problems))
  return result.config
}

it('has a default for every variable', () => {
  expect(configOf({})).toEqual({
    port: 8080,
    host: '127.0.0.1',
    baseUrl: 'http://localhost:8080',
    allowPlainHttp: false,
    shortBaseUrl: 'http://localhost:8080',
    shortRootUrl: null,
    site: {
      name: 'mjr.wtf',
      logo: null,
      accent: null,
      imprintUrl: null,
      privacyUrl: null,
      securityContact: null,
    },
    database: { kind: 'sqlite', file: './data/mjrwtf.db' },
    migration: { database: { kind: 'sqlite', file: './data/mjrwtf.db' }, atStart: true },
    secretKeys: null,
    session: {
      maxAge: 86_400_000,
      idleTimeout: 1_800_000,
      rememberMaxAge: 2_592_000_000,
      rememberIdleTimeout: 1_209_600_000,
      sameSite: 'lax',
      cookieName: 'session',
      cleanupInterval: 900_000,
      ipCheck: 'log',
      maxPerUser: 20,
      cache: 'on',
    },
    trustedProxies: [],
    authTokens: [],
    tokenAuth: 'enabled',
    tokenAuthSunset: null,
    locateIp: null,
    blocklistFile: null,
    mail: 'log',
    smtp: null,
    metricsAddress: { host: '127.0.0.1', port: 9464 },
    providers: { google: null, github: null, discord: null, oidc: null },
    smsGateway: null,
    backup: { folder: null, interval: 86_400_000, keep: 7, passphrase: null },
    redirectReferrerPolicy: 'strict-origin-when-cross-origin',
    signUp: 'closed',
    requireSecondFactor: 'administrators',
    passwordMinLength: 15,
    breachedPasswords: 'off',
    passwordPeppers: [],
    destinationMaxLength: 16_384,
    destinationSchemes: [],
    corsOrigins: [],
    logLevel: 'info',
    logFormat: null,
    defaultTimeZone: 'UTC',
  })
})

it('has the defaults that docs/configuration.md names (V7.1.1)', () => {
  const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8')
  const codes = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
  const documented = page.split('\n').flatMap((line) => {
    const [, variables = '', defaults = ''] = line.split('|')
    const values = codes(defaults)
    return codes(variables).map((variable, index) => [variable, values[index]] as const)
  })
  const variableNames = documented.map(([variable]) => variable)
  expect(variableNames.toSorted()).toEqual(Object.keys(bad).toSorted())

  const given = documented.filter(
    ([variable]) => !/^(SECRET_KEYS|SHORT_BASE_URL|DATABASE_MIGRATION_URL)$/.test(variable),
  )
  const environment = given.flatMap(([variable, value]) =>
    value === undefined ? [] : [[variable, value.replace('$PORT', '8080')]],
  )
  expect(environment.length).toBeGreaterThan(14)
  expect(configOf(Object.fromEntries(environment))).toEqual(configOf({}))
})

it('accepts passwords of 8 characters by default only where everyone has a second factor', () => {
  const minLength = (environment: Record<string, string>) => configOf(environment).passwordMinLength
  expect(minLength({ REQUIRE_SECOND_FACTOR: 'everyone' })).toBe(8)
  expect(minLength({ REQUIRE_SECOND_FACTOR: 'Everyone', PASSWORD_MIN_LENGTH: '12' })).toBe(12)
  expect(minLength({ REQUIRE_SECOND_FACTOR: 'administrators' })).toBe(15)
  expect(minLength({ REQUIRE_SECOND_FACTOR: 'off' })).toBe(15)
})

it('treats an empty variable as missing', () => {
  expect(configOf({ PORT: '', SECRET_KEYS: ' ', AUTH_TOKEN: '' })).toEqual(configOf({}))
})

const bad: Readonly<Record<string, readonly string[]>> = {
  PORT: ['0', '65536', '80a', '-1', '8080.5', 'http'],
  HOST: ['a b', 'http://x', 'host/path'],
  BASE_URL: [
    ...[
      'http://mjr.wtf',
      'mjr.wtf',
      'ftp://localhost',
      'https://mjr.wtf/app',
      'https://u:p@mjr.wtf',
    ],
    ...['https://mjr.wtf/?a', 'https://', 'javascript:alert(1)', 'http://localhost.evil.example'],
    ...['http://evillocalhost', 'http://192.168.1.20:8080'],
  ],
  ALLOW_PLAIN_HTTP: ['yes', '1'],
  SHORT_BASE_URL: ['http://s.example', 'https://s.example/x'],
  DATABASE_MIGRATION_URL: ['sqlite:./other.db', 'mysql://x/y', 'postgres://127.0.0.1/x'],
  MIGRATE_AT_START: ['true', 'sometimes'],
  DATABASE_URL: [
    ...['mysql://x/y', 'sqlite:', 'sqlite::memory:', './data/x.db', 'postgres://db.example/x'],
    ...['postgres://db.example/x?sslmode=prefer', 'postgres://db.example/x?sslmode=no-verify'],
  ],
  SECRET_KEYS: ['short', `${key},short`, 'changeme-changeme-changeme-changeme', 'a'.repeat(64)],
  SESSION_MAX_AGE: ['0s', '24', '24 h', '1y', '-1h', '401d', '30s'],
  SESSION_IDLE_TIMEOUT: ['0m', '25h', 'never'],
  SESSION_REMEMBER_MAX_AGE: ['0d', 'forever'],
  SESSION_REMEMBER_IDLE_TIMEOUT: ['31d'],
  SESSION_COOKIE_NAME: ['a b', '__Host-session', 'a;b', 'pre', 'flash'],
  SESSION_SAME_SITE: ['None', 'off'],
  SESSION_CLEANUP_INTERVAL: ['0s', '2d'],
  SESSION_CACHE: ['yes', 'true', '0'],
  SESSION_IP_CHECK: ['yes'],
  REQUIRE_SECOND_FACTOR: ['on', 'admins', 'all', 'administrators,everyone'],
  MAX_SESSIONS_PER_USER: ['0', '1001', 'many'],
  TRUSTED_PROXIES: ['10.0.0.0/33', 'proxy', '10.0.0.1,', '::1/129', '10.0.0.0/8/8'],
  AUTH_TOKEN: ['short', 'with space here', 'one,twotwotwo'],
  AUTH_TOKENS: ['longenough1,short', 'longenough1,,longenough2'],
  TOKEN_AUTH: ['on', 'off', 'deprecated,disabled'],
  TOKEN_AUTH_SUNSET: ['2031-06-30', 'soon', '2031-02-30', '2031-06-30T00:00:00Z'],
  SMTP_URL: [
    ...[
      'mail.example',
      'http://mail.example',
      'smtp://',
      'smtp://mail.example/inbox',
      'smtp:mail.example',
    ],
    ...['smtp://mail.example?tls=off', 'smtp://mail.example:0', 'smtp://mail.example:70000'],
    ...['smtp://ada@mail.example', 'smtp://:secret@mail.example', 'smtp://ada:%zz@mail.example'],
    ...[
      'smtp://mail.example:25:25',
      'smtp://ada:a/b@mail.example',
      'smtp://[fe80::zz]',
      'smtp://a b',
    ],
  ],
  MAIL_FROM: [
    ...['mjr.wtf', 'a@b, c@d', 'a@b\r\nBcc: c@d', 'x\r\nBcc: c@d <a@b>', 'x <a@b> y', '<a@b>'],
    ...['"x" <a@b>', 'x <a@b\nc>', 'x <a b@c>', 'x@y <a@b>'],
  ],
  SMS_GATEWAY_URL: [
    ...['sms.example', 'http://sms.example/', 'http://localhost.example/', 'ftp://localhost/'],
    ...['https://u:p@sms.example/', 'https://sms.example/#x', 'https://', 'smsto:+447700900123'],
  ],
  SMS_GATEWAY_TOKEN: ['short', 'with space here', 'one,twotwotwo', 'line\nbreak-in-it'],
  GEOIP_DATABASE: ['./places.mmdb', 'places\nmmdb', 'x'.repeat(4_097)],
  BLOCKLIST_FILE: ['./missing', 'domains\ntxt', 'x'.repeat(4_097)],
  SITE_NAME: ['x'.repeat(61), 'a\nb', 'mjr\u202ewtf', '\u200b'],
  SITE_LOGO: ['./no-image', './missing', 'logo\nsvg', 'x'.repeat(4_097)],
  SITE_ACCENT: ['red', '#12', '#fff;}', '#gggggg', '12345g'],
  SITE_IMPRINT_URL: [
    'imprint',
    '/imprint',
    'javascript:alert(1)',
    'https://',
    'https://u:p@x.example',
  ],
  SITE_PRIVACY_URL: [
    'privacy.example',
    'data:text/html,x',
    `https://x.example/${'x'.repeat(2_048)}`,
  ],
  SECURITY_CONTACT: ['security', 'http://x.example/', 'tel:1', 'a@b\nContact: c@d', 'a@b?bcc=c@d'],
  SHORT_ROOT_URL: ['example.com', 'javascript:alert(1)', 'https://example.com/'],
  REDIRECT_REFERRER_POLICY: ['unsafe-url'],
  SIGNUP: ['yes'],
  PASSWORD_MIN_LENGTH: ['7', '65', 'long'],
  PASSWORD_PEPPERS: [
    ...['short', `${key}p,short`, 'changeme-changeme-changeme-changeme', 'a'.repeat(64)],
    ...[`${key}p,${key}p`, key],
  ],
  BREACHED_PASSWORDS: [
    ...['on', 'api.pwnedpasswords.com', 'http://ranges.example/', 'ftp://localhost/range/'],
    ...['https://ranges.example/?x=', 'https://ranges.example/#x', 'https://u:p@ranges.example/'],
  ],
  GOOGLE_CLIENT_ID: ['two parts', 'x'.repeat(256)],
  GOOGLE_CLIENT_SECRET: ['two parts', 'x'.repeat(1_025)],
  GITHUB_CLIENT_ID: ['two parts'],
  GITHUB_CLIENT_SECRET: ['two parts'],
  DISCORD_CLIENT_ID: ['two parts'],
  DISCORD_CLIENT_SECRET: ['two parts'],
  OIDC_ISSUER: [
    'id.example',
    'http://id.example',
    'https://id.example/?a',
    'https://u:p@id.example',
  ],
  OIDC_CLIENT_ID: ['two parts'],
  OIDC_CLIENT_SECRET: ['two parts'],
  OIDC_NAME: ['x'.repeat(41), 'a\nb'],
  OIDC_TRUST_MFA: ['yes', '1'],
  METRICS_ADDRESS: [
    '9464',
    ':9464',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '::1:9464',
    'on',
  ],
  BACKUP_DIR: ['./back\nups', 'x'.repeat(4_097)],
  BACKUP_INTERVAL: ['30s', '32d', 'daily'],
  BACKUP_KEEP: ['0', '1001', 'all'],
  BACKUP_PASSPHRASE: ['too short', 'x'],
  DESTINATION_MAX_LENGTH: ['0', '255', '16385', 'long'],
  DESTINATION_SCHEMES: ['javascript', 'mailto,data', 'mailto,,tel', 'tel://', 'FILE:', 'a b', '1x'],
  CORS_ORIGINS: ['*', 'null', 'https://a.test/x', 'http://a.test', 'https://a.test,'],
  LOG_LEVEL: ['verbose'],
  LOG_FORMAT: ['pretty', 'logfmt'],
  DEFAULT_TIME_ZONE: ['Moon/Base', '+02:00', '../etc/passwd'],
}

/** Each is required with others. */
const providers = {
  GOOGLE_CLIENT_ID: 'id',
  GOOGLE_CLIENT_SECRET: 'secret',
  GITHUB_CLIENT_ID: 'id',
  GITHUB_CLIENT_SECRET: 'secret',
  DISCORD_CLIENT_ID: 'id',
  DISCORD_CLIENT_SECRET: 'secret',
  OIDC_ISSUER: 'https://id.example',
  OIDC_CLIENT_ID: 'id',
  OIDC_CLIENT_SECRET: 'secret',
}

describe('an invalid value is reported for its variable', () => {
  for (const [variable, values] of Object.entries(bad)) {
    it.each(values)(`${variable}=%s`, (value) => {
      const others = { SECRET_KEYS: key, MAIL_FROM: 'no-reply@mjr.example', ...providers }
      const given = { ...others, [variable]: value }
      const problems = problemsOf(given)
      expect(problems.map((problem) => problem.variable)).toEqual([variable])
    })
  }
})

it.each(['changeme-changeme-changeme-changeme', 'a'.repeat(64)])(
  'rejects the placeholder key %s (V13.3.1)',
  (placeholder) => {
    expect(problemsOf({ SECRET_KEYS: placeholder })).toMatchObject([{ variable: 'SECRET_KEYS' }])
    expect(problemsOf({ SECRET_KEYS: key })).toEqual([])
  },
)

it('reports all invalid variables together', () => {
  const all = Object.entries(bad).map(([variable, [value = '']]) => [variable, value])
  const variableNames = problemsOf(Object.fromEntries(all)).map((problem) => problem.variable)
  expect(variableNames.toSorted()).toEqual(Object.keys(bad).toSorted())
})

it('shows the given and the accepted values on one line each', () => {
  expect(formatProblems(problemsOf({ PORT: 'eighty\nfake line', SIGNUP: 'maybe' }))).toBe(
    'Invalid configuration:\n' +
      '  PORT: got eighty\\nfake line, expected a port from 1 to 65535.\n' +
      '  SIGNUP: got maybe, expected closed, open or invite.',
  )
})

it.each([
  { SECRET_KEYS: 'hunter2-hunter2' },
  { AUTH_TOKEN: 'hunter2 hunter2' },
  { AUTH_TOKENS: 'hunter2,hunter2' },
  { PASSWORD_PEPPERS: 'hunter2-hunter2' },
  { DATABASE_URL: 'postgres://ann:hunter2@db.example/mjr' },
  { DATABASE_URL: 'postgres://db.example/mjr?password=hunter2' },
  { DATABASE_URL: 'postgres://ann:hunter2@[bad/mjr' },
  { BREACHED_PASSWORDS: 'https://ann:hunter2@ranges.example/' },
  { SMS_GATEWAY_URL: 'https://ann:hunter2@sms.example/' },
  { SMS_GATEWAY_URL: 'http://sms.example/?key=hunter2' },
  { SMS_GATEWAY_TOKEN: 'hunter2 hunter2' },
  { BACKUP_PASSPHRASE: 'hunter2' },
  { SMTP_URL: 'smtp://ann:hunter2@mail.example/inbox', MAIL_FROM: 'a@b.example' },
  { SMTP_URL: 'smtp://ann:12/hunter2@mail.example', MAIL_FROM: 'a@b.example' },
])('masks secrets: %o', (environment) => {
  const problems = problemsOf({ ...environment })
  expect(problems.length).toBeGreaterThan(0)
  expect(formatProblems(problems)).not.toContain('hunter2')
})

it.each([
  ['https://sms.example/messages', 'https://sms.example/messages'],
  ['https://sms.example?from=mjr', 'https://sms.example/?from=mjr'],
  ['http://127.0.0.1:9000/', 'http://127.0.0.1:9000/'],
  ['http://localhost:9000', 'http://localhost:9000/'],
])('accepts SMS_GATEWAY_URL=%s with a token', (given, url) => {
  const token = 'gateway-token'
  const { smsGateway } = configOf({ SMS_GATEWAY_URL: given, SMS_GATEWAY_TOKEN: token })
  expect(smsGateway).toEqual({ url, token })
})

it('sends no text messages without SMS_GATEWAY_URL, and requires its token', () => {
  expect(configOf({ SMS_GATEWAY_TOKEN: 'gateway-token' }).smsGateway).toBeNull()
  expect(problemsOf({ SMS_GATEWAY_URL: 'https://sms.example/' })).toMatchObject([
    { variable: 'SMS_GATEWAY_TOKEN', value: '(not set)' },
  ])
})

describe('variables with secrets', () => {
  it.each([
    ['SECRET_KEYS', `${key},${key}x`],
    ['PASSWORD_PEPPERS', `${key}p`],
    ['AUTH_TOKEN', 'token-number-one'],
    ['AUTH_TOKENS', 'token-number-one,token-number-two'],
    ['DATABASE_URL', 'postgres://ann:secret@localhost/mjr'],
    ['DATABASE_MIGRATION_URL', 'postgres://owner:secret@localhost/mjr'],
    ['SMTP_URL', 'smtps://ann:secret@mail.example'],
  ])('%s can be read from a file, without the line break at its end', (name, value) => {
    const others = {
      ...(name.startsWith('DATABASE_') && { SECRET_KEYS: key }),
      ...(name === 'DATABASE_MIGRATION_URL' && { DATABASE_URL: 'postgres://localhost/mjr' }),
    }
    secretFiles.set('/run/secrets/one', `${value}\n`)
    const fromFile = configOf({ ...others, [`${name}_FILE`]: '/run/secrets/one' })
    expect(fromFile).toEqual(configOf({ ...others, [name]: value }))
    expect(fromFile).not.toEqual(configOf(others))
  })

  it('name the variable of a file that is missing or empty, or set twice', () => {
    secretFiles.set('/empty', ' \n').set('/token', 'token-number-one')
    const problems = problemsOf({
      SECRET_KEYS_FILE: '/missing',
      PASSWORD_PEPPERS_FILE: '/empty',
      AUTH_TOKEN: 'token-number-two',
      AUTH_TOKEN_FILE: '/token',
    })
    expect(formatProblems(problems).split('\n').toSorted()).toEqual([
      '  AUTH_TOKEN_FILE: got /token, expected no file if AUTH_TOKEN is set too.',
      '  PASSWORD_PEPPERS_FILE: got /empty, expected the path of a file that contains the value.',
      '  SECRET_KEYS_FILE: got /missing, expected the path of a file that contains the value.',
      'Invalid configuration:',
    ])
  })

  it('mask an invalid value from a file', () => {
    secretFiles.set('/short', 'hunter2')
    const text = formatProblems(problemsOf({ AUTH_TOKEN_FILE: '/short' }))
    expect(text).toContain('AUTH_TOKEN: got (hidden, 7 characters)')
    expect(text).not.toContain('hunter2')
  })

  it('are not read from files if they hold no secret', () => {
    secretFiles.set('/port', '9000')
    expect(configOf({ PORT_FILE: '/port' }).port).toBe(8080)
  })
})

it('opens the GeoIP file if requested and reports its problem', () => {
  const environment = { GEOIP_DATABASE: './places.mmdb' }
  const locateIp = () => null
  const openedPaths: string[] = []
  const open = (path: string) => {
    openedPaths.push(path)
    return { status: 'open', locateIp } as const
  }
  expect(loadConfig(environment, { ...files, openGeoDatabase: open })).toMatchObject({
    status: 'ok',
    config: { locateIp },
  })
  expect(openedPaths).toEqual(['./places.mmdb'])
  expect(configOf(environment).locateIp).toBeNull()
  expect(formatProblems(problemsOf(environment))).toContain(
    'GEOIP_DATABASE: got ./places.mmdb, expected the path of a .mmdb file with cities or countries; this file is not there.',
  )
})

it('requires SECRET_KEYS with PostgreSQL, even if the URL is invalid', () => {
  expect(problemsOf({ DATABASE_URL: 'postgres://db.example/mjr' })).toHaveLength(2)
  const environment = { DATABASE_URL: 'postgres://localhost/mjr' }
  expect(problemsOf(environment)).toMatchObject([{ variable: 'SECRET_KEYS', value: '(not set)' }])
  expect(configOf({ ...environment, SECRET_KEYS: key }).secretKeys).toEqual([key])
})

it.each([
  ['postgres://localhost/mjr', 'postgres://localhost/mjr'],
  ['postgres:///mjr?host=/run/postgresql', 'postgres:///mjr?host=/run/postgresql'],
  ['postgresql://db.example/mjr?sslmode=disable', 'postgresql://db.example/mjr?sslmode=disable'],
  ['postgres://db.example/mjr?sslmode=require', 'postgres://db.example/mjr?sslmode=verify-full'],
])('accepts the PostgreSQL URL %s', (given, url) => {
  const { database } = configOf({ DATABASE_URL: given, SECRET_KEYS: key })
  expect(database).toEqual({ kind: 'postgres', url })
})

it.each([
  ['sqlite:./x.db', './x.db'],
  ['sqlite:/var/x.db', '/var/x.db'],
  ['sqlite:///var/x.db', '/var/x.db'],
])('accepts the SQLite path %s', (given, file) => {
  expect(configOf({ DATABASE_URL: given }).database).toEqual({ kind: 'sqlite', file })
})

it.each([
  ['https://api.pwnedpasswords.com/range', 'https://api.pwnedpasswords.com/range/'],
  ['http://127.0.0.1:8090/', 'http://127.0.0.1:8090/'],
  ['OFF', 'off'],
])('accepts BREACHED_PASSWORDS=%s', (given, taken) => {
  expect(configOf({ BREACHED_PASSWORDS: given }).breachedPasswords).toBe(taken)
})

it('assigns each variable to its field', () => {
  const config = configOf({
    PORT: '9000',
    BASE_URL: 'https://mjr.example/',
    SHORT_BASE_URL: 'https://s.example',
    SESSION_SAME_SITE: 'None',
    SESSION_MAX_AGE: '90s',
    SESSION_IDLE_TIMEOUT: '90s',
    TRUSTED_PROXIES: '10.0.0.0/8, ::1',
    AUTH_TOKEN: 'token-number-one',
    AUTH_TOKENS: 'token-number-one,token-number-two',
    TOKEN_AUTH: 'deprecated',
    TOKEN_AUTH_SUNSET: '2031-06-30',
    SECRET_KEYS: `${key},${key}x`,
    PASSWORD_PEPPERS: `${key}p,${key}q`,
  })
  expect(config).toMatchObject({
    port: 9000,
    baseUrl: 'https://mjr.example',
    shortBaseUrl: 'https://s.example',
    session: { sameSite: 'none', maxAge: 90_000, idleTimeout: 90_000 },
    trustedProxies: ['10.0.0.0/8', '::1'],
    authTokens: ['token-number-one', 'token-number-two'],
    tokenAuth: 'deprecated',
    tokenAuthSunset: Date.UTC(2031, 5, 30),
    secretKeys: [key, `${key}x`],
    passwordPeppers: [`${key}p`, `${key}q`],
  })
})

describe('SMTP configuration', () => {
  const from = { MAIL_FROM: 'mjr.wtf <no-reply@mjr.example>' }
  const serverOf = (url: string) => configOf({ ...from, SMTP_URL: url }).smtp?.server

  it.each([
    ['smtp://mail.example', ['mail.example', 587, 'starttls']],
    ['SMTP://mail.example:2525/', ['mail.example', 2525, 'starttls']],
    ['smtps://mail.example', ['mail.example', 465, 'tls']],
    ['smtps://localhost', ['localhost', 465, 'tls']],
    ['smtp://localhost:25', ['localhost', 25, 'plain']],
    ['smtp://127.0.0.1:25', ['127.0.0.1', 25, 'plain']],
    ['smtp://[::1]:25', ['::1', 25, 'plain']],
    ['smtp://[2001:db8::1]', ['2001:db8::1', 587, 'starttls']],
    ['smtp://localhost.mail.example', ['localhost.mail.example', 587, 'starttls']],
    ['smtp://10.0.0.1', ['10.0.0.1', 587, 'starttls']],
  ])('encrypts connections except to loopback: %s (V12.3.1)', (url, [host, port, security]) => {
    expect(serverOf(url)).toEqual({ host, port, security, credentials: null })
  })

  it('reads credentials from the URL', () => {
    const server = serverOf('smtps://ann%40mjr.example:p%2Fw%3A1@mail.example')
    expect(server?.credentials).toEqual({ user: 'ann@mjr.example', password: 'p/w:1' })
  })

  it.each([
    ['https://mjr.example', 'no-reply@mjr.example'],
    ['https://mjr.example:8443', 'no-reply@mjr.example'],
    ['http://127.0.0.1:9000', 'no-reply@localhost'],
    ['http://mjr.localhost:9000', 'no-reply@localhost'],
    ['http://[::1]:9000', 'no-reply@localhost'],
  ])('uses the default sender for %s: %s', (baseUrl, address) => {
    const { smtp } = configOf({ BASE_URL: baseUrl, SMTP_URL: 'smtps://m.example' })
    expect(smtp?.from).toEqual({ name: 'mjr.wtf', email: address })
  })

  it.each([
    ['no-reply@mjr.example', { name: null, email: 'no-reply@mjr.example' }],
    ["Zoë's links <no-reply@mjr.example>", { name: "Zoë's links", email: 'no-reply@mjr.example' }],
  ])('accepts the sender %s', (given, expected) => {
    expect(configOf({ SMTP_URL: 'smtps://m.example', MAIL_FROM: given }).smtp?.from).toEqual(
      expected,
    )
  })

  it('without a server prints emails on loopback and disables them on public origins', () => {
    expect(configOf({}).mail).toBe('log')
    expect(configOf({ BASE_URL: 'http://127.0.0.1:9000' }).mail).toBe('log')
    expect(configOf({ BASE_URL: 'http://mjr.localhost:9000' }).mail).toBe('log')
    expect(configOf({ BASE_URL: 'https://mjr.example' })).toMatchObject({ mail: 'off', smtp: null })
    expect(configOf({ BASE_URL: 'https://localhost' }).mail).toBe('off')
    expect(configOf({ ...from, SMTP_URL: 'smtp://localhost:25' }).mail).toBe('smtp')
  })
})

it('reads METRICS_ADDRESS as an address with a port, in brackets for IPv6, or off', () => {
  const addressOf = (METRICS_ADDRESS: string) => configOf({ METRICS_ADDRESS }).metricsAddress
  expect(addressOf('10.0.0.7:9100')).toEqual({ host: '10.0.0.7', port: 9_100 })
  expect(addressOf('[::1]:9464')).toEqual({ host: '::1', port: 9_464 })
  expect(addressOf('off')).toBeNull()
})

it('reads how the site presents itself', () => {
  const environment = {
    BASE_URL: 'https://app.example',
    SHORT_BASE_URL: 'https://s.example',
    SHORT_ROOT_URL: 'https://example.com',
    SITE_NAME: 'Müller & Söhne',
    SITE_LOGO: './logo.svg',
    SITE_ACCENT: '#c2185b',
    SITE_IMPRINT_URL: 'https://example.com/imprint',
    SECURITY_CONTACT: 'security@example.com',
    MAIL_FROM: '',
  }
  const result = loadConfig({ ...environment, SECRET_KEYS: key }, { ...files, readFile })
  expect(result).toMatchObject({
    config: {
      shortRootUrl: 'https://example.com/',
      site: {
        name: 'Müller & Söhne',
        logo: { contentType: 'image/svg+xml', bytes: image },
        accent: { light: '#c2185b' },
        imprintUrl: 'https://example.com/imprint',
        privacyUrl: null,
        securityContact: 'mailto:security@example.com',
      },
    },
  })
})

it('refuses to redirect the root of short links to itself', () => {
  const hosts = { BASE_URL: 'https://app.example', SHORT_BASE_URL: 'https://s.example' }
  const problems = problemsOf({ ...hosts, SHORT_ROOT_URL: 'https://s.example/' })
  expect(problems).toMatchObject([{ variable: 'SHORT_ROOT_URL' }])
})

describe('ALLOW_PLAIN_HTTP=on', () => {
  const allowing = (baseUrl: string) => problemsOf({ ALLOW_PLAIN_HTTP: 'on', BASE_URL: baseUrl })

  it.each(['http://192.168.1.20:8080', 'http://10.0.0.1', 'http://[fd00::1]:8080'])(
    'accepts %s',
    (baseUrl) => {
      expect(allowing(baseUrl)).toEqual([])
    },
  )

  it.each([
    'http://203.0.113.7',
    'http://nas.lan',
    'http://10.0.0.1.evil.example',
    'http://0.0.0.0',
  ])('refuses %s, which is no private IP address', (baseUrl) => {
    expect(allowing(baseUrl).map(({ variable }) => variable)).toEqual(['BASE_URL'])
  })

  it('prints no email: the terminal is not that of the users', () => {
    const environment = { ALLOW_PLAIN_HTTP: 'on', BASE_URL: 'http://192.168.1.20:8080' }
    expect(configOf(environment).mail).toBe('off')
  })
})
