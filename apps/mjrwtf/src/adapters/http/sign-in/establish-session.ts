import { type AuthenticationMethod, isSessionError } from 'coatcheck'
import { isSecondFactor } from '../../../application/sign-in/second-step.ts'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import type { User } from '../../../domain/user.ts'
import type { AppVariables, RequestContext } from '../http-context.ts'
import { logSecurityEvent, type SecurityEventContext } from '../reporting/log-security-event.ts'
import { readDeviceCookie, setDeviceCookie } from './device-cookie.ts'

export interface EstablishSessionContext extends SecurityEventContext {
  readonly signIn: Pick<SignIn, 'recognizeDevice' | 'notifyNewDevice'>
}

type AppExchange = AppVariables['exchange']

type SignInOptions = Parameters<AppExchange['signIn']>[0]
type Completion = Parameters<AppExchange['completeSignIn']>[0]

type DirectSignIn = Omit<SignInOptions, 'userId' | 'data' | 'methods'> & {
  readonly methods: readonly AuthenticationMethod[]
}

/** A user whose credentials were all checked, in one step or in several. */
export type EstablishSessionRequest =
  | { readonly user: User; readonly signIn: DirectSignIn }
  /** The last step of the pending sign-in of the browser. */
  | { readonly user: User; readonly completion: Omit<Completion, 'data'> }

type SignInOutcome =
  | Awaited<ReturnType<AppExchange['signIn']>>
  | Awaited<ReturnType<AppExchange['completeSignIn']>>
  /** The account was deleted after its credentials were checked. */
  | { readonly status: 'refused'; readonly reason: 'account-deleted' }

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
  const hasSentFactor = 'completion' in request || isSecondFactor(request.signIn.methods, [])
  const devices = readDeviceCookie(c)
  const recognized = await context.signIn.recognizeDevice({ user, devices, hasSentFactor })
  const outcome = await createSession(c, request)
  if (outcome.status !== 'signed-in') return outcome

  setDeviceCookie(c, recognized.devices)
  if (recognized.isNew) {
    const sessionId = outcome.session.id
    logSecurityEvent(context, c, { event: 'new-device', userId: user.id, sessionId })
  }
  if (recognized.shouldNotify) context.signIn.notifyNewDevice({ user, ...exchange.client })
  return outcome
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
