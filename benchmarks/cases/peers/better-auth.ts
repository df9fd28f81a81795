import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { fromNodeHeaders } from 'better-auth/node'
import { anonymous } from 'better-auth/plugins'
import { isSignIn, respond, respondUnauthorized, userToSignIn } from '../answer.ts'
import type { CaseContext, CaseServer } from '../case.ts'
import { createPool } from '../postgres-pool.ts'

/** Longer than the run; with the default of 5 minutes some requests would read the database. */
const cookieCacheAge = 24 * 60 * 60

/** better-auth on PostgreSQL through its own driver, with or without its cookie cache. */
export async function open({ database, variant }: CaseContext): Promise<CaseServer> {
  const auth = createAuth(database, variant === 'cookie-cache')
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isSignIn(request)) return signIn(request, response)
    const found = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) })
    if (found === null) respondUnauthorized(response)
    else respond(response, found.user.id)
  }

  /** Its anonymous sign-in, which creates a session without hashing a password. */
  async function signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = new Headers({ 'x-user': userToSignIn(request.url) })
    const result = await auth.api.signInAnonymous({ headers, asResponse: true })
    const { user } = Object(await result.json())
    response.setHeader('Set-Cookie', result.headers.getSetCookie())
    respond(response, String(user.id))
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error) => {
      console.error(error)
      response.writeHead(500).end()
    })
  })
  return { server }
}

function createAuth(database: string, cookieCache: boolean) {
  let users = 0
  return betterAuth({
    baseURL: 'http://localhost',
    secret: 'at least thirty-two bytes of randomness, and more',
    database: createPool(database),
    session: { cookieCache: { enabled: cookieCache, maxAge: cookieCacheAge } },
    plugins: [anonymous({ generateName: (ctx) => ctx.headers?.get('x-user') ?? 'nobody' })],
    logger: { disabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    advanced: {
      database: {
        generateId({ model }) {
          // The same user names as in the other cases, so that all responses have the same length.
          if (model !== 'user') return crypto.randomUUID()
          const number = users
          users += 1
          return `user-${String(number).padStart(5, '0')}`
        },
      },
    },
  })
}
