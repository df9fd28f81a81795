import type { Backend, Case } from './case.ts'

/** Every server there is, in the order of the report. */
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
      'resave: false, saveUninitialized: false, cookie.maxAge 30 min; connect-pg-simple at its defaults, which touch the row with every request.',
  },
  {
    ...peer('fastify-session', '@fastify/session + connect-pg-simple', 'fastify'),
    file: 'peers/fastify-session.ts',
    configuration:
      'saveUninitialized: false, cookie.maxAge 30 min; rolling as by default, which saves the row and sets the cookie with every request.',
  },
  {
    ...peer('fastify-session-still', '@fastify/session, rolling: false', 'fastify'),
    file: 'peers/fastify-session.ts',
    variant: 'not-rolling',
    sessionsOf: 'fastify-session',
    configuration:
      'As before with rolling: false: writes nothing, and no activity prolongs a session.',
  },
  {
    ...peer('better-auth', 'better-auth getSession', 'node'),
    file: 'peers/better-auth.ts',
    configuration:
      'auth.api.getSession({ headers }) on its own PostgreSQL driver; sessions by its anonymous sign-in; logger, telemetry and rate limit off.',
  },
  {
    ...peer('better-auth-cookie-cache', 'better-auth getSession, cookie cache', 'node'),
    file: 'peers/better-auth.ts',
    variant: 'cookie-cache',
    floor: null,
    configuration:
      'As before with session.cookieCache, whose maxAge is longer than the run, so that the database is never asked. A revoked session passes until then.',
  },

  ...coatcheck('postgres', 'PostgreSQL'),
  ...coatcheck('sqlite', 'node:sqlite'),
  // What the driver has a part in.
  ...coatcheck('better-sqlite3', 'better-sqlite3').filter(
    ({ name }) => name === 'coatcheck-better-sqlite3',
  ),
]

/** What most cases have in common. */
function onNode(name: string, title: string, backend: Backend) {
  return { name, title, backend, variant: '', bare: 'node', floor: null, sessionsOf: name }
}

function bare(name: string, title: string, file: string): Case {
  const configuration = 'Reads no cookie and answers everybody.'
  return { ...onNode(name, title, 'none'), group: 'bare', bare: name, file, configuration }
}

function jwt(algorithm: 'HS256' | 'EdDSA'): Case {
  return {
    ...onNode(`jose-${algorithm.toLowerCase()}`, `jose ${algorithm}`, 'none'),
    group: 'stateless',
    file: 'peers/jose.ts',
    variant: algorithm,
    configuration:
      'jwtVerify of a JWT in a cookie: algorithm, issuer, audience and expiry checked, the key a CryptoKey made once. Cannot be revoked.',
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
    configuration: 'Two columns by primary key from the table of Coatcheck, timeouts in the WHERE.',
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

/** Whose sign-in makes the sessions of all cases on a database: what the drivers write is the same. */
function sessionSourceFor(variant: string): string {
  return coatcheckName('node', backendOf(variant), '')
}

function backendOf(variant: string): Backend {
  return variant === 'postgres' ? 'postgres' : 'sqlite'
}
