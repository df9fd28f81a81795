import type { HttpContext, RequestContext } from '../http-context.ts'
import { credentialRedirectHeaders } from './header-overrides.ts'

/** 303 after a request with credentials or a change of the session, with the headers of the `credential-redirect` profile. */
export function redirectAfterCredentials(
  context: HttpContext,
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
  context: HttpContext,
  c: RequestContext,
  { message, to }: RedirectWithFlash,
): Promise<Response> {
  await c.var.exchange.flash({ kind: 'success', message: message.slice(0, maxMessageLength) })
  return redirectAfterCredentials(context, c, to)
}
