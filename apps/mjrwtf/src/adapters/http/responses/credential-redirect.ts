import type { HttpContext, RequestContext } from '../http-context.ts'
import { credentialRedirectHeaders } from './header-overrides.ts'

/** 303 after credentials were sent or a session changed, with the headers of that kind of answer. */
export function redirectAfterCredentials(
  context: HttpContext,
  c: RequestContext,
  location: string,
): Response {
  const headers = context.webSecurity.apiHeaders(credentialRedirectHeaders)
  for (const [name, value] of headers) c.header(name, value)
  return c.redirect(location, 303)
}

/** What was done, and where to go on. */
export interface RedirectWithFlash {
  /** For the next page to say. */
  readonly message: string
  /** Path of the page that comes next. */
  readonly to: string
}

/** Longest message, in UTF-16 units, that the session library keeps. An address in one can be long. */
const maxMessageLength = 500

/** The same with word of what was done. */
export async function redirectWithFlash(
  context: HttpContext,
  c: RequestContext,
  { message, to }: RedirectWithFlash,
): Promise<Response> {
  await c.var.exchange.flash({ kind: 'success', message: message.slice(0, maxMessageLength) })
  return redirectAfterCredentials(context, c, to)
}
