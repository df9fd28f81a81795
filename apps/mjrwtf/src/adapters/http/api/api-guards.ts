import type { AuthenticationVariables } from 'coatcheck/hono'
import type { Authentication, VerifyBearer } from 'coatcheck/http'
import type { MiddlewareHandler } from 'hono'
import type { Throttled } from '../../../domain/results.ts'
import type { User } from '../../../domain/user.ts'
import { readLimitedBody } from '../forms/read-limited-body.ts'
import type {
  AppEnv,
  AppMiddleware,
  AppSessionData,
  HttpContext,
  RequestContext,
  UserRequestContext,
  UserVariables,
} from '../http-context.ts'
import { findSessionUser } from '../middleware/session-user.ts'
import { respondWithProblem } from '../responses/problem.tsx'
import { rateLimited } from '../responses/rate-limited.ts'
import { createSharedTokenCheck } from './shared-tokens.ts'

/**
 * What a bearer token turned out to be: one of those that stand for the operator, by its place among them. Or it
 * has to wait, whether it is right or wrong, for so many from its address were wrong.
 */
type BearerToken = { readonly status: 'valid'; readonly tokenIndex: number } | Throttled

type ApiAuthentication = Authentication<AppSessionData, BearerToken>

interface AuthenticationEnv {
  Bindings: AppEnv['Bindings']
  Variables: UserVariables & AuthenticationVariables<AppSessionData, BearerToken>
}

/** What every API route goes through: one credential, and the user whom it stands for, as they are now. */
export function apiGuards(context: HttpContext) {
  const bearerOptions = { verifyBearer: createBearerVerifier(context) }
  return [context.sessions.bearerOrSession(bearerOptions), requireApiUser(context)] as const
}

/** Counts every wrong token before it is answered: however many come at once, few are told that they are wrong. */
function createBearerVerifier(context: HttpContext): VerifyBearer<BearerToken> {
  const indexOfToken = createSharedTokenCheck(context.options.authTokens)
  return async (token, { ipAddress }) => {
    const tokenIndex = indexOfToken(token)
    const { limits } = context
    if (tokenIndex === null) return limits.invalidToken(ipAddress)
    return (await limits.checkInvalidTokens(ipAddress)) ?? { status: 'valid', tokenIndex }
  }
}

function requireApiUser(context: HttpContext): MiddlewareHandler<AuthenticationEnv> {
  return async (c, next) => {
    const { authentication } = c.var
    if (authentication.credential === 'session') c.set('session', authentication.session)
    else if (authentication.bearer.status === 'throttled') {
      return respondTooManyInvalidTokens(context, c, authentication.bearer)
    }
    const user = await userOf(context, authentication)
    if (user === null) return respondUnauthenticated(context, c)
    c.set('user', user)
    const throttled = await context.limits.apiCall(rateLimitKey(authentication, user))
    return throttled === null ? next() : respondRateLimited(context, c, throttled)
  }
}

async function userOf(
  context: HttpContext,
  authentication: ApiAuthentication,
): Promise<User | null> {
  if (authentication.credential === 'bearer') return context.accounts.findOperator()
  const found = await findSessionUser(context, authentication.session)
  return found.status === 'found' ? found.user : null
}

/** Each of the operator's tokens has a count of its own, and so have their sessions together. */
function rateLimitKey(authentication: ApiAuthentication, user: User): string {
  if (authentication.credential === 'session') return `user:${user.id}`
  return authentication.bearer.status === 'valid'
    ? `token:${authentication.bearer.tokenIndex}`
    : 'none'
}

function respondTooManyInvalidTokens(
  context: HttpContext,
  c: RequestContext,
  throttled: Throttled,
) {
  const message = 'Too many wrong bearer tokens from this address. Try again later.'
  const hit = { limit: 'invalid-bearer-tokens', userId: null, throttled, message }
  return respondWithProblem(context, c, rateLimited(context, c, hit))
}

function respondRateLimited(context: HttpContext, c: UserRequestContext, throttled: Throttled) {
  const message = 'Too many calls in a minute. Try again later.'
  const hit = { limit: 'api', userId: c.var.user.id, throttled, message }
  return respondWithProblem(context, c, rateLimited(context, c, hit))
}

/** A 401 that says how to authenticate. */
export function respondUnauthenticated(context: HttpContext, c: RequestContext) {
  return respondWithProblem(context, c, {
    status: 401,
    code: 'sign_in_required',
    message: 'This needs a session or a bearer token.',
    headers: [['WWW-Authenticate', 'Bearer']],
  })
}

/** Largest body of an API call, in bytes. */
const maxBodyBytes = 64 * 1024
/** Lets only JSON of up to 64 KiB through to a route that reads a body, whichever credential came with it. */
export function requireJsonBody(context: HttpContext): AppMiddleware {
  return async (c, next) => {
    const type = c.req.header('Content-Type') ?? ''
    if (!/^application\/json\s*(;|$)/i.test(type))
      return respondWithProblem(context, c, unsupportedMediaType)
    const body = await readLimitedBody(c.req.raw.body, maxBodyBytes)
    if (body === null) return respondWithProblem(context, c, bodyTooLarge)
    c.set('body', body)
    return next()
  }
}

const unsupportedMediaType = {
  status: 415,
  code: 'unsupported_media_type',
  message: 'Send the body as application/json.',
} as const

const bodyTooLarge = {
  status: 413,
  code: 'body_too_large',
  message: 'A body may have 64 KiB at most.',
} as const
