import type { RequestContext } from '../http-context.ts'

/** Ends the session of an account that was deleted during the request, and redirects to the sign-in page. */
export async function signOutDeletedAccount(c: RequestContext): Promise<Response> {
  await c.var.exchange.signOut()
  return c.redirect('/login', 303)
}
