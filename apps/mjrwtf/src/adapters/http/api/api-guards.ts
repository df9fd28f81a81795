import type { AuthenticationVariables } from 'coatcheck/hono'
import type { Authentication, VerifyBearer } from 'coatcheck/http'
import type { MiddlewareHandler } from 'hono'
import type { Throttled } from '../../../domain/refusals.ts'
import type { User } from '../../../domain/user.ts'
import type { AppSessionData } from '../app-dependencies.ts'
import { limitReached } from '../limits.ts'
import { answerProblem } from '../problem.tsx'
import { readUpTo } from '../read-up-to.ts'
import { findUserOf } from '../session-user.ts'
import type {
  AppContext,
  AppEnv,
  AppMiddleware,
  Site,
  UserContext,
  UserVariables,
} from '../site.ts'
import { createSharedTokenCheck } from './shared-tokens.ts'

/**
 * What a bearer token turned out to be: one of those that stand for the operator, by its place among them. Or it
 * has to wait, whether it is right or wrong, for so many from its address were wrong.
 */
type BearerToken = { readonly status: 'good'; readonly place: number } | Throttled

type ApiAuthentication = Authentication<AppSessionData, BearerToken>

interface AuthenticationEnv {
  Bindings: AppEnv['Bindings']
  Variables: UserVariables & AuthenticationVariables<AppSessionData, BearerToken>
}

/** What every API route goes through: one credential, and the user whom it stands for, as they are now. */
export function apiGuards(site: Site) {
  const check = { verifyBearer: bearerCheck(site) }
  return [site.sessions.bearerOrSession(check), requireApiUser(site)] as const
}

/** Counts every wrong token before it is answered: however many come at once, few are told that they are wrong. */
function bearerCheck(site: Site): VerifyBearer<BearerToken> {
  const placeOf = createSharedTokenCheck(site.options.authTokens)
  return async (token, { ipAddress }) => {
    const place = placeOf(token)
    const { limits } = site.useCases
    if (place === null) return limits.wrongToken(ipAddress)
    return (await limits.afterWrongTokens(ipAddress)) ?? { status: 'good', place }
  }
}

function requireApiUser(site: Site): MiddlewareHandler<AuthenticationEnv> {
  return async (c, next) => {
    const { authentication } = c.var
    if (authentication.by === 'session') c.set('session', authentication.session)
    else if (authentication.bearer.status === 'throttled') {
      return answerWrongTokens(site, c, authentication.bearer)
    }
    const user = await userOf(site, authentication)
    if (user === null) return answerUnauthenticated(site, c)
    c.set('user', user)
    const throttled = await site.useCases.limits.apiCall(callerOf(authentication, user))
    return throttled === null ? next() : answerTooMany(site, c, throttled)
  }
}

async function userOf(site: Site, authentication: ApiAuthentication): Promise<User | null> {
  if (authentication.by === 'bearer') return site.useCases.findOperator()
  const found = await findUserOf(site, authentication.session)
  return found.status === 'found' ? found.user : null
}

/** Each of the operator's tokens has a count of its own, and so have their sessions together. */
function callerOf(authentication: ApiAuthentication, user: User): string {
  if (authentication.by === 'session') return `user:${user.id}`
  return authentication.bearer.status === 'good' ? `token:${authentication.bearer.place}` : 'none'
}

function answerWrongTokens(site: Site, c: AppContext, throttled: Throttled) {
  const message = 'Too many wrong bearer tokens from this address. Try again later.'
  const reached = { limit: 'wrong-tokens', userId: null, throttled, message }
  return answerProblem(site, c, limitReached(site, c, reached))
}

function answerTooMany(site: Site, c: UserContext, throttled: Throttled) {
  const message = 'Too many calls in a minute. Try again later.'
  const reached = { limit: 'api', userId: c.var.user.id, throttled, message }
  return answerProblem(site, c, limitReached(site, c, reached))
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
