import type { Exchange } from 'coatcheck/http'
import type { User } from '../../../domain/user.ts'
import type { AppSessionData, HttpContext, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { createSession } from './create-session.ts'
import { readDeviceCookie, setDeviceCookie } from './device-cookie.ts'

type SignIn = Parameters<Exchange<AppSessionData>['signIn']>[0]

/** A user whose credentials were checked, and the options of the sign-in. */
export interface EstablishSession extends Omit<SignIn, 'userId' | 'data'> {
  readonly user: User
}

/**
 * Signs a user in, trusts this browser for the account, and notifies the user about a new device. Whatever can fail runs
 * before the session is created.
 */
export async function establishSession(
  context: HttpContext,
  c: RequestContext,
  { user, ...signIn }: EstablishSession,
): ReturnType<typeof createSession> {
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
