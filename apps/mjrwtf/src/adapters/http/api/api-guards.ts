import type { AuthenticationVariables } from 'coatcheck/hono'
import type { Authentication } from 'coatcheck/http'
import type { MiddlewareHandler } from 'hono'
import type { User } from '../../../domain/user.ts'
import type { AppSessionData } from '../app-dependencies.ts'
import { answerProblem } from '../problem.tsx'
import { readUpTo } from '../read-up-to.ts'
import { findUserOf } from '../session-user.ts'
import type { AppContext, AppMiddleware, Site, UserVariables } from '../site.ts'
import { createSharedTokenCheck } from './shared-tokens.ts'

/** What a good bearer token stands for: the operator. */
type SharedToken = 'shared-token'

interface AuthenticationEnv {
  Variables: UserVariables & AuthenticationVariables<AppSessionData, SharedToken>
}

/** What every API route goes through: one credential, and the user whom it stands for, as they are now. */
export function apiGuards(site: Site) {
  const isShared = createSharedTokenCheck(site.options.authTokens)
  const oneCredential = site.sessions.bearerOrSession(
    async (token): Promise<SharedToken | null> => (isShared(token) ? 'shared-token' : null),
  )
  return [oneCredential, requireApiUser(site)] as const
}

function requireApiUser(site: Site): MiddlewareHandler<AuthenticationEnv> {
  return async (c, next) => {
    const { authentication } = c.var
    if (authentication.by === 'session') c.set('session', authentication.session)
    const user = await userOf(site, authentication)
    if (user === null) return answerUnauthenticated(site, c)
    c.set('user', user)
    return next()
  }
}

async function userOf(
  site: Site,
  authentication: Authentication<AppSessionData, SharedToken>,
): Promise<User | null> {
  if (authentication.by === 'bearer') return site.useCases.findOperator()
  const found = await findUserOf(site, authentication.session)
  return found.status === 'found' ? found.user : null
}

/** A 401 that says how to authenticate. */
export function answerUnauthenticated(site: Site, c: AppContext) {
  return answerProblem(site, c, {
    status: 401,
    code: 'sign_in_required',
    message: 'This needs a session or a bearer token.',
    headers: [['WWW-Authenticate', 'Bearer']],
  })
}

/** Largest body of an API call, in bytes. */
const largestBody = 64 * 1024
/** Lets only JSON of up to 64 KiB through to a route that reads a body, whichever credential came with it. */
export function jsonBodies(site: Site): AppMiddleware {
  return async (c, next) => {
    const type = c.req.header('Content-Type') ?? ''
    if (!/^application\/json\s*(;|$)/i.test(type)) return answerProblem(site, c, notJson)
    const body = await readUpTo(c.req.raw.body, largestBody)
    if (body === null) return answerProblem(site, c, tooLarge)
    c.set('body', body)
    return next()
  }
}

const notJson = {
  status: 415,
  code: 'unsupported_media_type',
  message: 'Send the body as application/json.',
} as const

const tooLarge = {
  status: 413,
  code: 'body_too_large',
  message: 'A body may have 64 KiB at most.',
} as const
