import type { Context } from 'hono'
import type { ResponseHeader } from '../../http/response-header.ts'

/**
 * Sets a header on the response that the route made, in place: `c.header` would make a new one
 * around the old one's body, which costs more than all the rest. Never a cookie: routes may share a
 * response without a body.
 */
export function setMutableHeader(c: Context, [name, value]: ResponseHeader): void {
  try {
    c.res.headers.set(name, value)
  } catch {
    // It cannot be changed, as those that `fetch` and `Response.redirect` give.
    c.header(name, value)
  }
}
