import { createServer } from 'node:http'
import connectPgSimple from 'connect-pg-simple'
import session from 'express-session'
import { measuredPath, userToSignIn } from '../answer.ts'
import type { CaseContext, CaseServer } from '../case.ts'
import { createPool } from '../postgres-pool.ts'
import { createApp } from './express-app.ts'

declare module 'express-session' {
  interface SessionData {
    userId: string
  }
}

/** express-session on connect-pg-simple, with the options that their documentation recommends. */
export async function open({ database }: CaseContext): Promise<CaseServer> {
  const Store = connectPgSimple(session)
  const store = new Store({ pool: createPool(database), createTableIfMissing: true })
  const app = createApp()
  app.use(
    session({
      store,
      secret: 'at least thirty-two bytes of randomness',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 30 * 60 * 1000, sameSite: 'lax' },
    }),
  )
  app.get(measuredPath, (request, response) => {
    const { userId } = request.session
    if (userId === undefined) response.sendStatus(401)
    else response.set('Cache-Control', 'no-store').json({ userId })
  })
  app.post('/sign-in', (request, response, next) => {
    // A new id at sign-in, as its documentation recommends against fixation.
    request.session.regenerate((error) => {
      if (error) return next(error)
      request.session.userId = userToSignIn(request.url)
      response.json({ userId: request.session.userId })
    })
  })
  return { server: createServer(app) }
}
