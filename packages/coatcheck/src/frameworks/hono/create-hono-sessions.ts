import type { Context } from 'hono'
import type { Exchange } from '../../http/exchange.ts'
import type { WebSessions } from '../../http/web-sessions.ts'
import { createGuards } from './guards.ts'
import type { HonoSessions, HonoSessionsOptions } from './hono-sessions.ts'
import { setMutableHeader } from './set-header.ts'

/** Makes the middleware that joins sessions to a Hono app. */
export function createHonoSessions<Data>(
  web: WebSessions<Data>,
  options: HonoSessionsOptions = {},
): HonoSessions<Data> {
  const { peerAddress, respond } = options

  function openExchange(c: Context): Exchange<Data> {
    const peer = peerAddress?.(c) ?? null
    return web.open(c.req.raw, peer, respond && ((refusal) => respond(refusal, c)))
  }

  return {
    ...createGuards(web),
    async exchange(c, next) {
      const exchange = openExchange(c)
      c.set('exchange', exchange)
      await next()
      // After the rest: headers set before would be missing from responses that
      // `onError` makes by itself.
      for (const header of exchange.responseHeaders()) {
        const [name, value] = header
        // Not by assigning c.res, which would merge cookies away.
        if (name === 'Set-Cookie') c.header(name, value, { append: true })
        else setMutableHeader(c, header)
      }
    },
    securityHeaders: (profile) => async (c, next) => {
      const nonce = c.var.nonce ?? web.createNonce()
      c.set('nonce', nonce)
      await next()
      for (const header of web.securityHeaders(profile, nonce)) {
        if (!c.res.headers.has(header[0])) setMutableHeader(c, header)
      }
    },
    respondToFailure: (error, c) =>
      web.respondToFailure(c.get('exchange') ?? openExchange(c), error),
  }
}
