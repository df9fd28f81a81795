import type { Backend, Case } from './case.ts'

/** All servers, in the order of the report. */
export const cases: readonly Case[] = [
  bare('node', 'node:http', 'node-bare.ts'),
  bare('hono', 'Hono', 'hono-bare.ts'),
  bare('fastify', 'Fastify', 'peers/fastify-bare.ts'),
  bare('express', 'Express', 'peers/express-bare.ts'),

  jwt('HS256'),
  jwt('EdDSA'),
  {
    ...onNode('iron-session', 'iron-session', 'none'),
    group: 'stateless',
    file: 'peers/iron-session.ts',
    configuration: 'Defaults. Cannot be revoked.',
  },

  floor('postgres', 'PostgreSQL'),
  floor('sqlite', 'node:sqlite'),
  floor('better-sqlite3', 'better-sqlite3'),

  {
    ...peer('express-session', 'express-session + connect-pg-simple', 'express'),
    file: 'peers/express-session.ts',
    configuration:
      'resave: false, saveUninitialized: false, cookie.maxAge 30 min; connect-pg-simple at its defaults, which update the row with every request.',
  },
  {
    ...peer('fastify-session', '@fastify/session + connect-pg-simple', 'fastify'),
    file: 'peers/fastify-session.ts',
    configuration:
      'saveUninitialized: false, cookie.maxAge 30 min; rolling is the default and saves the row and sets the cookie with every request.',
  },
  {
    ...peer('fastify-session-still', '@fastify/session, rolling: false', 'fastify'),
    file: 'peers/fastify-session.ts',
    variant: 'not-rolling',
    sessionsOf: 'fastify-session',
    configuration:
      'Same with rolling: false: it writes nothing, and activity does not extend a session.',
  },
  {
    ...peer('better-auth', 'better-auth getSession', 'node'),
    file: 'peers/better-auth.ts',
    configuration:
      'auth.api.getSession({ headers }) on its own PostgreSQL driver; sessions created by its anonymous sign-in; logger, telemetry and rate limit off.',
  },
  {
    ...peer('better-auth-cookie-cache', 'better-auth getSession, cookie cache', 'node'),
    file: 'peers/better-auth.ts',
    variant: 'cookie-cache',
    floor: null,
    configuration:
      'Same with session.cookieCache, whose maxAge is longer than the run, so that the database is never queried. A revoked session stays valid until then.',
  },

  ...coatcheck('postgres', 'PostgreSQL'),
  ...coatcheck('sqlite', 'node:sqlite'),
  // Cases that also measure the driver.
  ...coatcheck('better-sqlite3', 'better-sqlite3').filter(
    ({ name }) => name === 'coatcheck-better-sqlite3',
  ),
]

/** Defaults of most cases. */
function onNode(name: string, title: string, backend: Backend) {
  return { name, title, backend, variant: '', bare: 'node', floor: null, sessionsOf: name }
}

function bare(name: string, title: string, file: string): Case {
  const configuration = 'Reads no cookie and accepts every request.'
  return { ...onNode(name, title, 'none'), group: 'bare', bare: name, file, configuration }
}

function jwt(algorithm: 'HS256' | 'EdDSA'): Case {
  return {
    ...onNode(`jose-${algorithm.toLowerCase()}`, `jose ${algorithm}`, 'none'),
    group: 'stateless',
    file: 'peers/jose.ts',
    variant: algorithm,
    configuration:
      'jwtVerify of a JWT in a cookie: algorithm, issuer, audience and expiry checked, the key a CryptoKey imported once. Cannot be revoked.',
  }
}

function floor(variant: 'postgres' | 'sqlite' | 'better-sqlite3', title: string): Case {
  const name = `floor-${variant}`
  return {
    ...onNode(name, `SHA-256 + one prepared SELECT, ${title}`, backendOf(variant)),
    group: 'floor',
    file: 'floor.ts',
    variant,
    floor: name,
    sessionsOf: sessionSourceFor(variant),
    configuration:
      "Two columns by primary key from Coatcheck's table, timeouts in the WHERE clause.",
  }
}

function peer(name: string, title: string, bareServer: string) {
  const common = onNode(name, title, 'postgres')
  return { ...common, group: 'peer', bare: bareServer, floor: 'floor-postgres' } as const
}

function coatcheck(variant: 'postgres' | 'sqlite' | 'better-sqlite3', title: string): Case[] {
  return ['node', 'hono'].flatMap((framework) =>
    ['', '-cached'].map((cached) => ({
      ...onNode(coatcheckName(framework, variant, cached), '', backendOf(variant)),
      title: `Coatcheck, ${title}${cached === '' ? '' : ', cached'}`,
      group: 'coatcheck' as const,
      file: `coatcheck-${framework}.ts`,
      variant: `${variant}${cached}`,
      bare: framework,
      floor: cached === '' ? `floor-${variant}` : null,
      sessionsOf: sessionSourceFor(variant),
      configuration: `Defaults, ${cached === '' ? 'no cache' : 'with the cache'}.`,
    })),
  )
}

function coatcheckName(framework: string, variant: string, cached: string): string {
  return `coatcheck-${variant}${cached}${framework === 'node' ? '' : `-${framework}`}`
}

/** The case whose sign-in creates the sessions of all cases on a database; all drivers write the same rows. */
function sessionSourceFor(variant: string): string {
  return coatcheckName('node', backendOf(variant), '')
}

function backendOf(variant: string): Backend {
  return variant === 'postgres' ? 'postgres' : 'sqlite'
}
