import type { HeaderOverrides } from 'coatcheck/web-security'
import { defaultPreferences, type LandingPage } from '../../../domain/preferences.ts'
import type { User } from '../../../domain/user.ts'
import type { PageContext, RequestContext } from '../http-context.ts'

export type RedirectContext = Pick<PageContext, 'webSecurity'>

/** Redirects after a change of the session. A page sends its own headers. */
const credentialRedirectHeaders: HeaderOverrides = {
  'Cross-Origin-Resource-Policy': null,
  Vary: null,
}

/** 303 after a request with credentials or a change of the session. */
export function redirectAfterCredentials(
  context: RedirectContext,
  c: RequestContext,
  location: string,
): Response {
  const headers = context.webSecurity.apiHeaders(credentialRedirectHeaders)
  for (const [name, value] of headers) c.header(name, value)
  return c.redirect(location, 303)
}

export interface RedirectWithFlash {
  /** Shown on the next page. */
  readonly message: string
  /** Path of the next page. */
  readonly to: string
}

/** Maximum length of a flash message in UTF-16 units. A message can contain a long email address. */
const maxMessageLength = 500

/** Like `redirectAfterCredentials`, with a success flash. */
export async function redirectWithFlash(
  context: RedirectContext,
  c: RequestContext,
  { message, to }: RedirectWithFlash,
): Promise<Response> {
  await c.var.exchange.flash({ kind: 'success', message: message.slice(0, maxMessageLength) })
  return redirectAfterCredentials(context, c, to)
}

/** The page after signing in, if none was requested. */
export function landingPath(user: Pick<User, 'preferences'>): string {
  return landingPaths[user.preferences?.landingPage ?? defaultPreferences.landingPage]
}

const landingPaths: Readonly<Record<LandingPage, string>> = {
  links: '/dashboard',
  create: '/create',
}

/** Confirms that the user has signed out. The session has ended, so a cookie carries it to the next page. */
export const signedOutMessage = 'You have been signed out.'

/** Ends the session of an account that was deleted during the request, and redirects to the sign-in page. */
export async function signOutDeletedAccount(c: RequestContext): Promise<Response> {
  await c.var.exchange.signOut()
  return c.redirect('/login', 303)
}
