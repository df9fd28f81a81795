import { DatabaseSync } from 'node:sqlite'
import { createSessions, type SessionsOptions } from 'coatcheck'
import { createGrants, type GrantsOptions } from 'coatcheck/grants'
import {
  createHonoSessions,
  type HonoCoatcheckOptions,
  type HonoSessionsOptions,
  coatcheck as honoCoatcheck,
} from 'coatcheck/hono'
import { createWebSessions, type WebSessionsOptions } from 'coatcheck/http'
import { createMemoryGrantStore, createMemorySessionStore, memory } from 'coatcheck/memory'
import {
  createNodeSessions,
  type NodeCoatcheckOptions,
  type NodeSessionsOptions,
  coatcheck as nodeCoatcheck,
} from 'coatcheck/node'
import {
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
  type PostgresMigrationOptions,
  type PostgresRevocationChannelOptions,
  postgres,
} from 'coatcheck/postgres'
import {
  createSqliteRevocationChannel,
  createSqliteSessionStore,
  migrateSqliteSessions,
  type SqliteMigrationOptions,
  sqlite,
} from 'coatcheck/sqlite'
import { createWebSecurity, type WebSecurityOptions } from 'coatcheck/web-security'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'

/** A function of the library that takes options. */
interface Factory {
  readonly name: string
  /** A valid value of every option. */
  readonly valid: Readonly<Record<string, unknown>>
  /** Those that must be given. */
  readonly required: readonly string[]
  create(options: unknown): unknown
}

const key = 'a key of these tests, of 32 bytes or more'
const store = createMemorySessionStore()
const clock = { now: () => 0 }
const random = { bytes: (count: number) => new Uint8Array(count) }
const sessions = createSessions({ store, data: { initial: {} } })
const web = createWebSessions(sessions, { baseUrl: 'https://mjr.example', keys: [key] })

const sessionsOptions: Required<SessionsOptions<object>> = {
  store,
  data: { initial: {} },
  timeouts: {},
  maxSessionsPerUser: 5,
  whenFull: 'refuse',
  onSecretReuse: 'report',
  ipAddressCheck: 'off',
  userAgentCheck: 'off',
  activityPrecision: '1s',
  activityWrites: 'immediate',
  retention: '30d',
  sweepInterval: '15m',
  cache: { channel: store.revocations },
  unknownTokens: 'unlimited',
  events: [],
  clock,
  random,
}

const grantStore = createMemoryGrantStore()

const grantsOptions: Required<GrantsOptions> = {
  accessTokenPrefix: 'app_at_',
  refreshTokenPrefix: 'app_rt_',
  accessTokenTimeout: '15m',
  timeouts: {},
  refreshGrace: '10s',
  maxGrantsPerClient: 20,
  retention: '30d',
  cache: { channel: grantStore.revocations },
  events: [],
  clock,
  random,
}

const webSessionsOptions: Required<WebSessionsOptions> = {
  baseUrl: 'https://mjr.example',
  plainHttp: 'loopback',
  keys: [key],
  cookieName: 'session',
  sameSite: 'lax',
  csrf: 'token',
  trustedOrigins: ['https://app.example'],
  maxFormSize: 2 ** 20,
  trustedProxies: [],
  forwardedHeader: 'forwarded',
  signInPath: '/login',
  reauthenticatePath: '/reauthenticate',
  recentAuthenticationTimeout: '15m',
  apiPrefix: '/api/',
  events: [],
  clock,
  random,
}

const webSecurityOptions: Required<WebSecurityOptions> = {
  baseUrl: 'https://mjr.example',
  plainHttp: 'loopback',
  apiPrefix: '/api/',
  trustedOrigins: [],
  cspReportPath: '/csp-reports',
  random,
}

const honoOptions: Required<HonoSessionsOptions> = {
  peerAddress: () => null,
  respond: () => new Response(),
}
const nodeOptions: Required<NodeSessionsOptions> = { respond: () => new Response() }
const userReference = { table: 'users', column: 'id' }
const sqliteTables = { tablePrefix: 'auth_' }
const tables = { schema: 'app', tablePrefix: 'auth_' }
const sqliteMigration: Required<Omit<SqliteMigrationOptions, 'schema'>> = {
  ...sqliteTables,
  to: 0,
  userReference,
}
const postgresMigration: Required<PostgresMigrationOptions> = { ...tables, to: 0, userReference }
const postgresChannel: Required<PostgresRevocationChannelOptions> = {
  ...tables,
  createClient: () => new Client(),
}
const pool = {
  query: async () => ({ rows: [] }),
  connect: () => Promise.reject(new Error('no server')),
}

/** Accepts every value. */
const schema = {
  '~standard': { version: 1, vendor: 'tests', validate: (value: unknown) => ({ value }) },
}

/** Accepts every statement, so that only options are checked. */
const withoutTables = {
  exec: () => null,
  prepare: () => ({ run: () => ({ changes: 0 }), get: () => null, all: () => [] }),
}

function databaseWithUsers(): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE users (id TEXT PRIMARY KEY)')
  return database
}

const coatcheckOptions = {
  ...sessionsOptions,
  ...webSessionsOptions,
  ...webSecurityOptions,
  store: memory(),
  cache: true,
  migrate: false,
}

const factories: readonly Factory[] = [
  {
    name: 'coatcheck',
    valid: { ...coatcheckOptions, ...honoOptions },
    required: ['store', 'baseUrl', 'keys'],
    create: (options) => honoCoatcheck(options as HonoCoatcheckOptions<object>),
  },
  {
    name: 'coatcheck',
    valid: { ...coatcheckOptions, ...nodeOptions },
    required: ['store', 'baseUrl', 'keys'],
    create: (options) => nodeCoatcheck(options as NodeCoatcheckOptions<object>),
  },
  {
    name: 'sqlite',
    valid: { ...sqliteTables, userReference },
    required: [],
    create: (options) =>
      sqlite(databaseWithUsers, options as object).open({ migrate: true, channel: false }),
  },
  {
    name: 'postgres',
    valid: { ...tables, userReference, createClient: () => new Client() },
    required: [],
    create: (options) => postgres(pool, options as object).open({ migrate: true, channel: false }),
  },
  {
    name: 'createSessions',
    valid: sessionsOptions,
    required: ['store', 'data'],
    create: (options) => createSessions(options as SessionsOptions<object>),
  },
  {
    name: 'createGrants',
    valid: grantsOptions,
    required: [],
    create: (options) => createGrants(grantStore, options as GrantsOptions),
  },
  {
    name: 'createWebSessions',
    valid: webSessionsOptions,
    required: ['baseUrl', 'keys'],
    create: (options) => createWebSessions(sessions, options as WebSessionsOptions),
  },
  {
    name: 'createWebSecurity',
    valid: webSecurityOptions,
    required: ['baseUrl'],
    create: (options) => createWebSecurity(options as WebSecurityOptions),
  },
  {
    name: 'createHonoSessions',
    valid: honoOptions,
    required: [],
    create: (options) => createHonoSessions(web, options as HonoSessionsOptions),
  },
  {
    name: 'createNodeSessions',
    valid: nodeOptions,
    required: [],
    create: (options) => createNodeSessions(web, options as NodeSessionsOptions),
  },
  {
    name: 'migrateSqliteSessions',
    valid: sqliteMigration,
    required: [],
    create: (options) =>
      migrateSqliteSessions(databaseWithUsers(), options as SqliteMigrationOptions),
  },
  {
    name: 'migratePostgresSessions',
    valid: postgresMigration,
    required: [],
    create: (options) => migratePostgresSessions(pool, options as PostgresMigrationOptions),
  },
  {
    name: 'createSqliteSessionStore',
    valid: sqliteTables,
    required: [],
    create: (options) => createSqliteSessionStore(withoutTables, options as object),
  },
  {
    name: 'createSqliteRevocationChannel',
    valid: sqliteTables,
    required: [],
    create: (options) =>
      createSqliteRevocationChannel(new DatabaseSync(':memory:'), options as object),
  },
  {
    name: 'createPostgresSessionStore',
    valid: tables,
    required: [],
    create: (options) => createPostgresSessionStore(pool, options as object),
  },
  {
    name: 'createPostgresRevocationChannel',
    valid: postgresChannel,
    required: ['createClient'],
    create: (options) =>
      createPostgresRevocationChannel(options as PostgresRevocationChannelOptions),
  },
]

/** Options of options. */
const nested: readonly Factory[] = [
  {
    name: 'timeouts',
    valid: { absolute: '365d', idle: '30d' },
    required: [],
    create: (timeouts) => createGrants(grantStore, { timeouts: timeouts as object }),
  },
  {
    name: 'timeouts',
    valid: {
      preset: 'standard',
      absolute: '1d',
      idle: '1h',
      rememberedAbsolute: '2d',
      rememberedIdle: '1d',
    },
    required: [],
    create: (timeouts) => createSessions({ ...sessionsOptions, timeouts: timeouts as object }),
  },
  {
    name: 'cache',
    valid: {
      channel: store.revocations,
      leaseDuration: '2s',
      maxEntries: 5,
      maxBytes: 2 ** 20,
      monotonicClock: clock,
    },
    required: ['channel'],
    create: (cache) =>
      createSessions({
        ...sessionsOptions,
        cache: cache as SessionsOptions<object>['cache'] & object,
      }),
  },
  {
    name: 'unknownTokens',
    valid: { limit: 5, window: '1m' },
    required: [],
    create: (unknownTokens) =>
      createSessions({ ...sessionsOptions, unknownTokens: unknownTokens as object }),
  },
  {
    name: 'data',
    valid: { initial: {}, schema, decode: () => ({}) },
    required: ['initial'],
    create: (data) =>
      createSessions({ ...sessionsOptions, data: data as SessionsOptions<object>['data'] }),
  },
  {
    name: 'userReference',
    valid: { ...userReference, schema: 'app', type: 'uuid' },
    required: ['table', 'column'],
    create: (reference) =>
      migratePostgresSessions(pool, { userReference: reference as typeof userReference }),
  },
]

/** Values of every type. Each option accepts few of them. */
const samples: readonly unknown[] = [
  ...[null, true, -1, Number.NaN, 7.5, 'nonsense', '', 1n, Symbol('x'), [], [undefined], {}],
  ...[{ nonsense: 1 }, () => null, Promise.resolve({}), new Map(), new Date(0)],
]

/** Returns the message with which a call rejects an option, or `null` if it accepts it. */
async function rejectionOf(create: () => unknown): Promise<string | null> {
  try {
    await create()
    return null
  } catch (error) {
    const { code, message } = Object(error)
    if (code === 'invalid-option') return String(message)
    // The database is reached only with valid options.
    if (code === 'store-unavailable') return null
    throw error
  }
}

function startingWith(name: string): RegExp {
  return new RegExp(`^${name.replace('.', '\\.')}\\b`)
}

/** A misspelling of a name. */
function misspell(name: string): string {
  return `${name.slice(0, 1)}${name.slice(2)}x`
}

describe.each([...factories, ...nested])('$name', ({ name, valid, required, create }) => {
  const isNested = nested.some((each) => each.name === name)
  const prefix = isNested ? `${name}.` : ''
  const suffix = isNested ? '' : ` of ${name}`

  it('accepts all of its options', async () => {
    expect(await rejectionOf(() => create(valid))).toBeNull()
  })

  it.each(Object.keys(valid))('suggests %s for a misspelling of it', async (option) => {
    const { [option]: value, ...others } = valid
    const rejection = await rejectionOf(() => create({ ...others, [misspell(option)]: value }))
    const misspelled = `${prefix}${misspell(option)}`
    expect(rejection).toBe(`${misspelled} is not an option${suffix}: did you mean ${option}?`)
  })

  it('lists its options for an unknown one', async () => {
    const rejection = await rejectionOf(() => create({ ...valid, completelyDifferent: 1 }))
    expect(rejection).toContain(
      `${prefix}completelyDifferent is not an option${suffix}: known are `,
    )
  })

  it.each(required.length > 0 ? required : [])('names %s if it is missing', async (option) => {
    for (const value of option === 'initial' ? [undefined] : [undefined, null]) {
      const rejection = await rejectionOf(() => create({ ...valid, [option]: value }))
      expect(rejection).toMatch(startingWith(`${prefix}${option}`))
    }
  })

  it('rejects what is no object of options', async () => {
    for (const value of ['text', 5, ['text'], Promise.resolve(valid)]) {
      expect(await rejectionOf(() => create(value))).toMatch(new RegExp(`^${name} must be`))
    }
  })

  it.each(Object.keys(valid).filter((option) => option !== 'initial'))(
    'rejects values of the wrong type for %s, naming it',
    async (option) => {
      const rejections: (string | null)[] = []
      for (const value of samples) {
        rejections.push(await rejectionOf(() => create({ ...valid, [option]: value })))
      }
      const messages = rejections.filter((each) => each !== null)
      // An option accepts values of one type only.
      expect(messages.length).toBeGreaterThanOrEqual(samples.length - 3)
      for (const message of messages) expect(message).toMatch(startingWith(`${prefix}${option}`))
    },
  )
})

describe('a wrong object in place of', () => {
  const database = new DatabaseSync(':memory:')

  it.each<[string, () => unknown, RegExp]>([
    [
      'a store: nothing',
      () => createSessions(Object({ data: { initial: {} } })),
      /^store is missing: pass /,
    ],
    [
      'a store: a database',
      () => createSessions(Object({ data: { initial: {} }, store: database })),
      /^store has no method insert: pass /,
    ],
    [
      'a store: a promise of one',
      () => createSessions(Object({ data: { initial: {} }, store: Promise.resolve(store) })),
      /^store is a promise: await it/,
    ],
    [
      'a store: a file name',
      () => createSessions(Object({ data: { initial: {} }, store: 'app.db' })),
      /^store is a string: pass /,
    ],
    [
      'a store of grants: one of sessions',
      () => createGrants(Object(store)),
      /^store has no method rotate: pass createSqliteGrantStore/,
    ],
    [
      'sessions',
      () => createWebSessions(Object(store), webSessionsOptions),
      /^sessions has no method verify: pass the result of createSessions/,
    ],
    [
      'web sessions, in Hono',
      () => createHonoSessions(Object(sessions)),
      /^web has no method open: pass the result of createWebSessions/,
    ],
    [
      'web sessions, in node:http',
      () => createNodeSessions(Object(sessions)),
      /^web has no method open: pass the result of createWebSessions/,
    ],
    [
      'a database: a file name',
      () => createSqliteSessionStore(Object('app.db')),
      /^database has no method exec: pass an open database/,
    ],
    [
      'a database of a channel: nothing',
      () => createSqliteRevocationChannel(Object(undefined)),
      /^database has no method exec: pass an open database/,
    ],
    [
      'a database to migrate: a store',
      () => migrateSqliteSessions(Object(store)),
      /^database has no method exec: pass an open database/,
    ],
    [
      'a pool: a configuration',
      () => createPostgresSessionStore(Object({ connectionString: 'postgres://h/d' })),
      /^database has no method query: pass a connection pool/,
    ],
    [
      'a pool: a single client',
      () => createPostgresSessionStore(Object(new Client())),
      /^database is a single client: pass a connection pool/,
    ],
    [
      'a pool to migrate: a promise of one',
      () => migratePostgresSessions(Object(Promise.resolve(pool))),
      /^database is a promise: await it/,
    ],
  ])('%s', async (_name, create, message) => {
    expect(await rejectionOf(create)).toMatch(message)
  })
})

describe('coatcheck', () => {
  const valid = { store: memory(), baseUrl: 'http://localhost:3000', keys: [key] }
  const example = 'at least thirty-two bytes of randomness'

  it.each<[string, object, RegExp]>([
    ['an open database', { store: new DatabaseSync(':memory:') }, /^store is a database: pass sq/],
    [
      'a baseUrl without scheme',
      { baseUrl: 'localhost:3000' },
      /^baseUrl must be a text that begins/,
    ],
    [
      'a baseUrl of class URL',
      { baseUrl: new URL('https://a.example') },
      /^baseUrl must be a text/,
    ],
    [
      'a baseUrl with a path',
      { baseUrl: 'https://a.example/b' },
      /^baseUrl must be an origin such as/,
    ],
    [
      'one proxy',
      { trustedProxies: '10.0.0.1' },
      /^trustedProxies must be a list of .* or the number/,
    ],
    [
      'trustedProxies: true',
      { trustedProxies: true },
      /^trustedProxies must be a list of .* or the/,
    ],
    ['one event sink', { events: () => {} }, /^events must be a list of functions, such as/],
    ['a text as cache', { cache: 'yes' }, /^cache must be true, false or an object/],
    [
      'the key of the examples',
      { baseUrl: 'https://a.example', keys: [key, example] },
      /^keys\[1\] is the example/,
    ],
  ])('says what to pass instead of %s', async (_name, options, message) => {
    expect(await rejectionOf(() => honoCoatcheck({ ...valid, ...options }))).toMatch(message)
  })

  it('accepts the key of the examples in development', () => {
    expect(() => honoCoatcheck({ ...valid, keys: [example] })).not.toThrow()
  })
})

describe('keys', () => {
  it.each<[unknown, RegExp]>([
    [undefined, /^keys is missing/],
    ['text', /^keys must be a list/],
    [[], /^keys must contain at least one key: set it to the output of `openssl rand/],
    [[undefined], /^keys\[0\] is undefined: is its environment variable set\?/],
    [[key, undefined], /^keys\[1\] is undefined/],
    [[key, 5], /^keys\[1\] must be a string, not number/],
    [[key, 'hunter2'], /^keys\[1\] has 7 bytes, and needs at least 32: /],
  ])('are named without their value: %j', async (keys, message) => {
    const rejection = await rejectionOf(() =>
      createWebSessions(sessions, { ...webSessionsOptions, keys: keys as readonly string[] }),
    )
    expect(rejection).toMatch(message)
    expect(rejection).not.toMatch(/hunter2|of these tests/)
  })
})

describe('options of calls', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['signIn', () => sessions.signIn(Object({ userId: 'ada', credentialCheckedAt: 1 }))],
    ['verify', () => sessions.verify('token', undefined, Object({ skipCahce: true }))],
    ['rotate', () => sessions.rotate('token', Object({ gracee: 1 }))],
    ['revoke', () => sessions.revoke('ada', 'id', Object({ reason: 'signed-out', bye: 'ada' }))],
    [
      'revokeAllForUser',
      () => sessions.revokeAllForUser('ada', Object({ reason: 'signed-out', excpet: 'id' })),
    ],
    [
      'revokeSessionOfAnyUser',
      () => sessions.revokeSessionOfAnyUser('id', Object({ resaon: 'signed-out' })),
    ],
  ])('are rejected by %s if misspelled', async (name, call) => {
    await expect(call()).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(new RegExp(`is not an option of ${name}: did you mean `)),
    })
  })
})
