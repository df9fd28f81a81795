import type { AppContext, Site } from './site.ts'

/** 303 after credentials were sent or a session changed, with the headers of that kind of answer. */
export function redirectAfterCredentials(site: Site, c: AppContext, location: string): Response {
  for (const [name, value] of site.web.securityHeaders('credential-redirect', c.var.nonce)) {
    c.header(name, value)
  }
  return c.redirect(location, 303)
}
