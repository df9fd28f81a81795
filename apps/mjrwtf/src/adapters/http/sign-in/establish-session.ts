import { isSessionError } from 'coatcheck'
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

/** A user whose credentials were checked, and the options of the sign-in. */
export interface EstablishSessionRequest extends Omit<SignInOptions, 'userId' | 'data'> {
  readonly user: User
}

/**
 * Signs a user in, stores that the account knows this browser, and notifies the user about a new device. Whatever can fail runs
 * before the session is created.
 */
export async function establishSession(
  context: EstablishSessionContext,
  c: RequestContext,
  { user, ...signIn }: EstablishSessionRequest,
): Promise<SignInOutcome> {
  const { exchange } = c.var
  const recognized = await context.signIn.recognizeDevice({ user, devices: readDeviceCookie(c) })
  const data = { passwordVersion: user.passwordVersion }
  const outcome = await createSession(c, { ...signIn, userId: user.id, data })
  if (outcome.status === 'refused') return outcome

  setDeviceCookie(c, recognized.devices)
  if (recognized.isNew) {
    const sessionId = outcome.session.id
    logSecurityEvent(context, c, { event: 'new-device', userId: user.id, sessionId })
  }
  if (recognized.shouldNotify) context.signIn.notifyNewDevice({ user, ...exchange.client })
  return outcome
}

/** The account was deleted after its password was checked. */
interface AccountDeleted {
  readonly status: 'refused'
  readonly reason: 'account-deleted'
}

type SignInOutcome = Awaited<ReturnType<AppExchange['signIn']>> | AccountDeleted

/** Signs in. If the account is deleted concurrently, the database rejects the session. */
async function createSession(c: RequestContext, signIn: SignInOptions): Promise<SignInOutcome> {
  try {
    return await c.var.exchange.signIn(signIn)
  } catch (error) {
    const isDeleted = isSessionError(error) && error.code === 'unknown-user'
    if (isDeleted) return { status: 'refused', reason: 'account-deleted' }
    throw error
  }
}
