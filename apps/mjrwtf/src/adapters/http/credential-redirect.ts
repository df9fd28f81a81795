import type { AppContext, Site } from './site.ts'

/** 303 after credentials were sent or a session changed, with the headers of that kind of answer. */
export function redirectAfterCredentials(site: Site, c: AppContext, location: string): Response {
  for (const [name, value] of site.web.securityHeaders('credential-redirect', c.var.nonce)) {
    c.header(name, value)
  }
  return c.redirect(location, 303)
}

/** What was done, and where to go on. */
export interface DoneHere {
  /** For the next page to say. */
  readonly message: string
  /** Path of the page that comes next. */
  readonly to: string
}

/** Longest message, in UTF-16 units, that the session library keeps. An address in one can be long. */
const longestMessage = 500

/** The same with word of what was done. */
export async function redirectWhenDone(
  site: Site,
  c: AppContext,
  { message, to }: DoneHere,
): Promise<Response> {
  await c.var.exchange.flash({ kind: 'success', message: message.slice(0, longestMessage) })
  return redirectAfterCredentials(site, c, to)
}
