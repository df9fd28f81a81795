import type { RequestContext } from '../http-context.ts'

/** For somebody whose account went while they asked for something: without a session, to the sign-in. */
export async function signOutDeletedAccount(c: RequestContext): Promise<Response> {
  await c.var.exchange.signOut()
  return c.redirect('/login', 303)
}
