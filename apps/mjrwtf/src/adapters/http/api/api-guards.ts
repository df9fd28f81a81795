import type { AuthenticationVariables } from 'coatcheck/hono'
import type { Authentication } from 'coatcheck/http'
import type { MiddlewareHandler } from 'hono'
import type { Accounts } from '../../../application/accounts/accounts.ts'
import type { Limits } from '../../../application/shared/rate-limits.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import type { Throttled } from '../../../domain/results.ts'
import type { Scope } from '../../../domain/scope.ts'
import type { TokenAuthPhase } from '../../../domain/shared-token.ts'
import type { User } from '../../../domain/user.ts'
import type {
  ApiToken,
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
import { logSecurityEvent, type SecurityEventContext } from '../reporting/log-security-event.ts'
import {
  type Problem,
  type ProblemContext,
  rateLimited,
  respondWithProblem,
} from '../responses/problem.tsx'
import {
  insufficientScope,
  invalidToken,
  respondUnauthenticated,
  userMustBePresent,
} from './challenges.ts'
import { readLimitedBody } from './read-json.ts'
import { type TrackSharedTokensContext, trackSharedTokens } from './track-shared-tokens.ts'
import {
  type BearerContext,
  type BearerToken,
  createVerifyBearer,
  type RefusedToken,
} from './verify-bearer.ts'

/** Contains secrets: never log it. */
export interface ApiOptions extends HttpOptions {
  /** Shared bearer tokens that act as the operator. */
  readonly authTokens: readonly string[]
  readonly tokenAuth: TokenAuthPhase
}

export interface ApiContext extends PageContext, ReadContext {
  readonly options: ApiOptions
  readonly accounts: PageContext['accounts'] & Pick<Accounts, 'findOperator'>
  readonly sharedTokens: TrackSharedTokensContext['sharedTokens']
  readonly personalTokens: BearerContext['personalTokens']
  readonly oauth: BearerContext['oauth']
  readonly limits: ReadContext['limits'] & BearerContext['limits'] & Pick<Limits, 'apiCall'>
}

/**
 * What a credential needs for an operation. A session has every scope. `session` is for what only a user who is present may
 * do, and `recent-session` if `requireConfirmation` follows: no token is enough.
 */
export type ApiAccess = Scope | 'session' | 'recent-session'

type RateLimitContext = ProblemContext & SecurityEventContext

type ApiAuthentication = Authentication<AppSessionData, BearerToken>

interface AuthenticationEnv {
  Bindings: AppEnv['Bindings']
  Variables: UserVariables & AuthenticationVariables<AppSessionData, BearerToken>
}

/** Guards of every API route: one credential, its user as currently stored, and the access that the operation needs. */
export function apiGuards(context: ApiContext, access: ApiAccess) {
  const bearerOptions = { verifyBearer: createVerifyBearer(context) }
  const { bearerOrSession } = context.sessions
  return [
    requireJsonWithCookie(context),
    bearerOrSession(bearerOptions),
    requireApiUser(context),
    trackSharedTokens(context),
    requireAccess(context, access),
  ] as const
}

function requireApiUser(context: ApiContext): MiddlewareHandler<AuthenticationEnv> {
  return async (c, next) => {
    const { authentication } = c.var
    const token = acceptedToken(authentication)
    if (token?.status === 'throttled') return respondTooManyInvalidTokens(context, c, token)
    if (token?.status === 'refused') return respondRefused(context, c, token)
    if (authentication.credential === 'session') c.set('session', authentication.session)
    c.set('token', token)
    const user = token?.user ?? (await findUser(context, authentication))
    if (user === null) return respondUnauthenticated(context, c)
    const problem = policyProblem(context, authentication, user)
    if (problem !== null) return respondWithProblem(context, c, problem)
    c.set('user', user)
    const throttled = await context.limits.apiCall(token?.rateLimitKey ?? `user:${user.id}`)
    return throttled === null ? next() : respondRateLimited(context, c, throttled)
  }
}

function acceptedToken(authentication: ApiAuthentication): BearerToken | null {
  return authentication.credential === 'bearer' ? authentication.bearer : null
}

async function findUser(
  context: Pick<ApiContext, 'accounts'>,
  authentication: ApiAuthentication,
): Promise<User | null> {
  if (authentication.credential === 'bearer') return null
  const found = await findSessionUser(context, authentication.session)
  return found.status === 'found' ? found.user : null
}

/** The security log says which token and why. The response does not reveal to others who have it where it is accepted. */
function respondRefused(
  context: RateLimitContext,
  c: RequestContext,
  { reason, name, user }: RefusedToken,
) {
  const detail = `${reason} ${name}`
  logSecurityEvent(context, c, { event: 'token-refused', userId: user.id, detail })
  return respondWithProblem(context, c, invalidToken(refusalTexts[reason]))
}

const refusalTexts: Readonly<Record<RefusedToken['reason'], string>> = {
  expired: 'This token has expired.',
  'wrong-network': 'The bearer token is invalid.',
  disabled: 'Shared tokens are no longer accepted. Create an access token in the settings.',
}

/** After the user is known: what the token may do. */
function requireAccess(context: RateLimitContext, access: ApiAccess): AppMiddleware {
  return async (c, next) => {
    const token = c.var.token ?? null
    const problem = token === null ? null : accessProblem(token, access)
    if (token === null || problem === null) return next()
    const detail = `${problem.code} ${token.name ?? ''}`.trimEnd()
    logSecurityEvent(context, c, { event: 'token-refused', userId: token.user.id, detail })
    return respondWithProblem(context, c, problem)
  }
}

function accessProblem({ scopes }: ApiToken, access: ApiAccess): Problem | null {
  if (access === 'session' || access === 'recent-session') {
    return userMustBePresent({ isRecent: access === 'recent-session' })
  }
  return scopes.includes(access) ? null : insufficientScope(access)
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
