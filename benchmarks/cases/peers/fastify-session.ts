import fastifyCookie from '@fastify/cookie'
import { fastifySession } from '@fastify/session'
import connectPgSimple from 'connect-pg-simple'
import expressSession from 'express-session'
import fastify from 'fastify'
import { measuredPath, userToSignIn } from '../answer.ts'
import type { CaseContext, CaseServer } from '../case.ts'
import { createPool } from '../postgres-pool.ts'
import { answerSchema } from './fastify-answer.ts'

declare module 'fastify' {
  interface Session {
    userId: string
  }
}

/** @fastify/session on connect-pg-simple; it accepts the stores of express-session. */
export async function open({ database, variant }: CaseContext): Promise<CaseServer> {
  const Store = connectPgSimple(expressSession)
  const store = new Store({ pool: createPool(database), createTableIfMissing: true })
  const app = fastify({ logger: false })
  await app.register(fastifyCookie)
  await app.register(fastifySession, {
    // Its documentation says that it accepts stores of express-session; its types do not.
    store: Object(store),
    secret: 'at least thirty-two bytes of randomness',
    saveUninitialized: false,
    rolling: variant !== 'not-rolling',
    cookie: { maxAge: 30 * 60 * 1000, secure: false, sameSite: 'lax' },
  })
  app.get(measuredPath, { schema: answerSchema }, async (request, reply) => {
    const { userId } = request.session
    if (userId === undefined) return reply.status(401).send()
    return reply.header('Cache-Control', 'no-store').send({ userId })
  })
  app.post('/sign-in', async (request) => {
    await request.session.regenerate()
    request.session.userId = userToSignIn(request.url)
    return { userId: request.session.userId }
  })
  await app.ready()
  return { server: app.server, close: () => app.close() }
}
