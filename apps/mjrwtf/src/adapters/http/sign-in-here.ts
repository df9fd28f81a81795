import type { Exchange } from 'coatcheck/http'
import type { User } from '../../domain/user.ts'
import type { AppSessionData } from './app-dependencies.ts'
import { keepDevices, readDevices } from './device-cookie.ts'
import { openSession } from './open-session.ts'
import { tellSecurityEvent } from './security-event.ts'
import type { AppContext, Site } from './site.ts'

type SignIn = Parameters<Exchange<AppSessionData>['signIn']>[0]

/** Somebody whose credentials were checked, and how they are to be signed in. */
export interface SignInHere extends Omit<SignIn, 'userId' | 'data'> {
  readonly user: User
}

/**
 * Signs somebody in and trusts this browser for their account from now on. Where that is news to them, they are told. Whatever
 * can fail is asked before there is a session.
 */
export async function signInHere(
  site: Site,
  c: AppContext,
  { user, ...signIn }: SignInHere,
): ReturnType<typeof openSession> {
  const { exchange } = c.var
  const recognized = await site.useCases.recognizeDevice({ user, devices: readDevices(c) })
  const data = { passwordVersion: user.passwordVersion }
  const outcome = await openSession(c, { ...signIn, userId: user.id, data })
  if (outcome.status === 'refused') return outcome

  keepDevices(c, recognized.devices)
  if (recognized.isNew) {
    const sessionId = outcome.session.id
    tellSecurityEvent(site, c, { event: 'new-device', userId: user.id, sessionId })
  }
  if (recognized.deservesLetter) site.useCases.announceNewDevice({ user, ...exchange.client })
  return outcome
}
