import type { AuthenticationVariables } from 'coatcheck/hono'
import type { Authentication, VerifyBearer } from 'coatcheck/http'
import type { MiddlewareHandler } from 'hono'
import type { Accounts } from '../../../application/accounts/accounts.ts'
import type { Limits } from '../../../application/shared/rate-limits.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import type { Throttled } from '../../../domain/results.ts'
import type { User } from '../../../domain/user.ts'
import type {
  AppEnv,
  AppMiddleware,
  AppSessionData,
  HttpOptions,
  PageContext,
  RequestContext,
  UserRequestContext,
  UserVariables,
} from '../http-context.ts'
import { findSessionUser } from '../middleware/guards.ts'
import type { ReadContext } from '../middleware/limit-reads.ts'
import { mustSetUpFactor, mustShowFactor } from '../middleware/second-factor-policy.ts'
import type { SecurityEventContext } from '../reporting/log-security-event.ts'
import { type ProblemContext, rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { readLimitedBody } from './read-json.ts'
import { createSharedTokenCheck } from './shared-tokens.ts'

/** Contains secrets: never log it. */
export interface ApiOptions extends HttpOptions {
  /** Shared bearer tokens that act as the operator. */
  readonly authTokens: readonly string[]
}

export interface ApiContext extends PageContext, ReadContext {
  readonly options: ApiOptions
  readonly accounts: PageContext['accounts'] & Pick<Accounts, 'findOperator'>
  readonly limits: ReadContext['limits'] &
    Pick<Limits, 'apiCall' | 'checkInvalidTokens' | 'invalidToken'>
}

type RateLimitContext = ProblemContext & SecurityEventContext

/**
 * Result of verifying a bearer token: the index of the shared token, which acts as the operator. Throttled if too many tokens
 * from the client's network were invalid, whether or not this one is, unless it is too long to be guessed.
 */
type BearerToken = { readonly status: 'valid'; readonly tokenIndex: number } | Throttled

type ApiAuthentication = Authentication<AppSessionData, BearerToken>

interface AuthenticationEnv {
  Bindings: AppEnv['Bindings']
  Variables: UserVariables & AuthenticationVariables<AppSessionData, BearerToken>
}

/** Guards of every API route: one credential, and its user as currently stored. */
export function apiGuards(context: ApiContext) {
  const bearerOptions = { verifyBearer: createBearerVerifier(context) }
  const { bearerOrSession } = context.sessions
  return [
    requireJsonWithCookie(context),
    bearerOrSession(bearerOptions),
    requireApiUser(context),
  ] as const
}

/**
 * Length of tokens that cannot be guessed, so that they need no protection by the limit: others behind the same IP address
 * could block them.
 */
const unguessableLength = 32

/** Counts every invalid token before it responds, so that concurrent guesses cannot exceed the limit. */
function createBearerVerifier(context: ApiContext): VerifyBearer<BearerToken> {
  const indexOfToken = createSharedTokenCheck(context.options.authTokens)
  return async (token, { ipAddress }) => {
    const tokenIndex = indexOfToken(token)
    const { limits } = context
    if (tokenIndex === null) return limits.invalidToken(ipAddress)
    if (token.length >= unguessableLength) return { status: 'valid', tokenIndex }
    return (await limits.checkInvalidTokens(ipAddress)) ?? { status: 'valid', tokenIndex }
  }
}

function requireApiUser(context: ApiContext): MiddlewareHandler<AuthenticationEnv> {
  return async (c, next) => {
    const { authentication } = c.var
    if (authentication.credential === 'session') c.set('session', authentication.session)
    else if (authentication.bearer.status === 'throttled') {
      return respondTooManyInvalidTokens(context, c, authentication.bearer)
    }
    const user = await userOf(context, authentication)
    if (user === null) return respondUnauthenticated(context, c)
    const problem = policyProblem(context, authentication, user)
    if (problem !== null) return respondWithProblem(context, c, problem)
    c.set('user', user)
    const throttled = await context.limits.apiCall(rateLimitKey(authentication, user))
    return throttled === null ? next() : respondRateLimited(context, c, throttled)
  }
}

async function userOf(
  context: Pick<ApiContext, 'accounts'>,
  authentication: ApiAuthentication,
): Promise<User | null> {
  if (authentication.credential === 'bearer') return context.accounts.findOperator()
  const found = await findSessionUser(context, authentication.session)
  return found.status === 'found' ? found.user : null
}

/** Why the policy of second factors closes the API. A bearer token is a credential of its own: it is about sessions. */
function policyProblem(context: ApiContext, authentication: ApiAuthentication, user: User) {
  if (authentication.credential !== 'session') return null
  if (mustSetUpFactor(context, user)) return secondFactorRequired
  return mustShowFactor(context, authentication.session) ? stepUpRequired : null
}

const secondFactorRequired = {
  status: 403,
  code: 'second_factor_required',
  message: 'This site requires a second factor. Set one up on its pages first.',
} as const

const stepUpRequired = {
  status: 403,
  code: 'step_up_required',
  message: 'This site requires a second factor. Send it on the page /reauthenticate first.',
} as const

/** One count per shared token, and one for all sessions of a user. */
function rateLimitKey(authentication: ApiAuthentication, user: User): string {
  if (authentication.credential === 'session') return `user:${user.id}`
  return authentication.bearer.status === 'valid'
    ? `token:${authentication.bearer.tokenIndex}`
    : 'none'
}

function respondTooManyInvalidTokens(
  context: RateLimitContext,
  c: RequestContext,
  throttled: Throttled,
) {
  const message = 'Too many invalid bearer tokens from your network.'
  const hit = { limit: 'invalid-bearer-tokens', userId: null, throttled, message }
  return respondWithProblem(context, c, rateLimited(context, c, hit))
}

function respondRateLimited(
  context: RateLimitContext,
  c: UserRequestContext,
  throttled: Throttled,
) {
  const message = `You have reached the limit of ${rateLimits.api.max} API calls per minute.`
  const hit = { limit: 'api', userId: c.var.user.id, throttled, message }
  return respondWithProblem(context, c, rateLimited(context, c, hit))
}

/** A 401 with `WWW-Authenticate`. */
export function respondUnauthenticated(context: ProblemContext, c: RequestContext) {
  return respondWithProblem(context, c, {
    status: 401,
    code: 'sign_in_required',
    message: 'Send a session cookie or a bearer token.',
    headers: [['WWW-Authenticate', 'Bearer']],
  })
}

/** Maximum size of a request body, in bytes. */
const maxBodyBytes = 64 * 1024

/**
 * Rejects changes with the session cookie whose content type is not JSON (ASVS 5.0 V3.5.2). The library requires only
 * the token. The other errors of such a request come first: another site, no session, a failing database.
 */
function requireJsonWithCookie(context: ProblemContext & Pick<PageContext, 'web'>): AppMiddleware {
  return async (c, next) => {
    const { exchange } = c.var
    const isBearer = /\bbearer\b/i.test(c.req.header('Authorization') ?? '')
    if (isSafeMethod(c.req.method) || isBearer || hasJsonType(c)) return next()
    if (!context.web.isSameOrigin(exchange) || (await exchange.session()) === null) return next()
    return respondWithProblem(context, c, unsupportedMediaType)
  }
}

function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

function hasJsonType(c: RequestContext): boolean {
  return /^application\/json\s*(;|$)/i.test(c.req.header('Content-Type') ?? '')
}

/** Rejects a body that is not JSON or larger than 64 KiB, with either credential. */
export function requireJsonBody(
  context: ProblemContext & Pick<PageContext, 'takeTurn'>,
): AppMiddleware {
  return async (c, next) => {
    if (!hasJsonType(c)) return respondWithProblem(context, c, unsupportedMediaType)
    const body = await readLimitedBody(c.req.raw.body, maxBodyBytes)
    if (body === null) return respondWithProblem(context, c, bodyTooLarge)
    c.set('body', body)
    return context.takeTurn(c, next)
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
  message: 'Send a body of at most 64 KiB.',
} as const
