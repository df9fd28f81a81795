import { type AuthenticationMethod, isSessionError, type UsedMethod } from 'coatcheck'
import type { Identities } from '../../../application/identities/identities.ts'
import { isSecondFactor } from '../../../application/sign-in/second-step.ts'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import type { IdentityKey } from '../../../domain/identity.ts'
import type { Instant } from '../../../domain/time.ts'
import type { User } from '../../../domain/user.ts'
import type { AppVariables, RequestContext } from '../http-context.ts'
import { logSecurityEvent, type SecurityEventContext } from '../reporting/log-security-event.ts'
import { readDeviceCookie, setDeviceCookie } from './device-cookie.ts'

export interface EstablishSessionContext extends SecurityEventContext {
  readonly signIn: Pick<SignIn, 'recognizeDevice' | 'notifyNewDevice'>
  readonly identities: Pick<Identities, 'addSession'>
}

/** The identity that a sign-in started with, and the session at its provider. */
export interface UsedIdentity extends IdentityKey {
  readonly sid: string | null
  /** When the visit to the provider started. */
  readonly startedAt: Instant
}

type AppExchange = AppVariables['exchange']

type SignInOptions = Parameters<AppExchange['signIn']>[0]
type Completion = Parameters<AppExchange['completeSignIn']>[0]

type DirectSignIn = Omit<SignInOptions, 'userId' | 'data' | 'methods'> & {
  readonly methods: readonly (AuthenticationMethod | UsedMethod)[]
}

/** A user whose credentials were all checked, in one step or in several. */
export type EstablishSessionRequest = {
  readonly user: User
  /** The identity that the first step used. Default: none. */
  readonly identity?: UsedIdentity | null
} & (
  | { readonly signIn: DirectSignIn }
  /** The last step of the pending sign-in of the browser. */
  | { readonly completion: Omit<Completion, 'data'> }
)

type SignInOutcome =
  | Awaited<ReturnType<AppExchange['signIn']>>
  | Awaited<ReturnType<AppExchange['completeSignIn']>>
  /** The account was deleted, or the identity was unlinked, after the credentials were checked. */
  | { readonly status: 'refused'; readonly reason: 'account-deleted' | 'identity-unlinked' }

/**
 * Signs a user in, stores that the account knows this browser, and notifies the user about a new device. Whatever can
 * fail runs before the session is created.
 */
export async function establishSession(
  context: EstablishSessionContext,
  c: RequestContext,
  request: EstablishSessionRequest,
): Promise<SignInOutcome> {
  const { exchange } = c.var
  const { user } = request
  // The last step of several is a second factor.
  const hasSentFactor =
    'completion' in request || isSecondFactor(methodNames(request.signIn.methods), [])
  const devices = readDeviceCookie(c)
  const recognized = await context.signIn.recognizeDevice({ user, devices, hasSentFactor })
  const outcome = await createSession(c, request)
  if (outcome.status !== 'signed-in') return outcome
  const { identity = null } = request
  if (identity !== null && !(await recordIdentity(context, c, { outcome, identity }))) {
    return { status: 'refused', reason: 'identity-unlinked' }
  }

  setDeviceCookie(c, recognized.devices)
  if (recognized.isNew) {
    const sessionId = outcome.session.id
    logSecurityEvent(context, c, { event: 'new-device', userId: user.id, sessionId })
  }
  if (recognized.shouldNotify) context.signIn.notifyNewDevice({ user, ...exchange.client })
  return outcome
}

interface StartedSession {
  readonly outcome: Extract<SignInOutcome, { readonly status: 'signed-in' }>
  readonly identity: UsedIdentity
}

/**
 * Records that the session started with the identity. A session that cannot be recorded ends, because an unlinking would
 * not find it, and so does one that the provider has logged out meanwhile.
 */
async function recordIdentity(
  { identities }: EstablishSessionContext,
  { var: { exchange } }: RequestContext,
  { outcome, identity }: StartedSession,
): Promise<boolean> {
  const { id: sessionId, userId, expiresAt } = outcome.session
  let isRecorded = false
  try {
    isRecorded = await identities.addSession({ sessionId, userId, expiresAt, ...identity })
    return isRecorded
  } finally {
    if (!isRecorded) await exchange.signOut()
  }
}

/** The names of methods, without when they were used. */
export function methodNames(
  methods: readonly (AuthenticationMethod | UsedMethod)[],
): readonly AuthenticationMethod[] {
  return methods.map((each) => (typeof each === 'string' ? each : each.method))
}

/** Creates the session. If the account is deleted concurrently, the database rejects it. */
async function createSession(
  { var: { exchange } }: RequestContext,
  request: EstablishSessionRequest,
): Promise<SignInOutcome> {
  const { id: userId, passwordVersion } = request.user
  const data = { passwordVersion }
  try {
    return 'signIn' in request
      ? await exchange.signIn({ ...request.signIn, userId, data })
      : await exchange.completeSignIn({ ...request.completion, data })
  } catch (error) {
    const isDeleted = isSessionError(error) && error.code === 'unknown-user'
    if (isDeleted) return { status: 'refused', reason: 'account-deleted' }
    throw error
  }
}
