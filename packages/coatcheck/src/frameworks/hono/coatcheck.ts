import type { Context, MiddlewareHandler, Next } from 'hono'
import type { HtmlEscapedString } from 'hono/utils/html'
import { isResponse } from '../../http/is-response.ts'
import type { WebSessions } from '../../http/web-sessions.ts'
import { type CoatcheckBase, createSetup, type Setup } from '../../setup/create-setup.ts'
import { csrfFieldHtml, toFieldPromise } from '../../setup/csrf-field.ts'
import { type CoatcheckOptions, pick } from '../../setup/options.ts'
import { createHonoSessions } from './create-hono-sessions.ts'
import {
  type ExchangeVariables,
  type HonoSessions,
  type HonoSessionsOptions,
  honoSessionsOptionNames,
} from './hono-sessions.ts'
import { findPeerAddress } from './peer-address.ts'
import { setMissingHeaders } from './security-headers.ts'

/** Options of `coatcheck` for Hono. The default of `peerAddress` knows Node, Bun, Deno and Workers. */
export type HonoCoatcheckOptions<Data> = CoatcheckOptions<Data> & HonoSessionsOptions

/** Set by `protect`. */
export interface ProtectVariables<Data> extends ExchangeVariables<Data> {
  /**
   * For the attribute `nonce` of scripts and styles, which do not run without it. Empty for the API, whose
   * responses run none.
   */
  nonce: string
  /**
   * Returns the hidden field that every form with method POST needs: `${c.var.csrfField()}` in the
   * templates of `hono/html` and in JSX. Elsewhere, await it.
   */
  csrfField: () => Promise<HtmlEscapedString>
}

/** Sessions of a Hono app. The guards are documented at the methods of `WebSessions` with the same names. */
export interface HonoCoatcheck<Data>
  extends CoatcheckBase<Data>,
    Omit<HonoSessions<Data>, 'exchange' | 'csrfGuard' | 'corsGuard' | 'respondToFailure'> {
  /**
   * Register it first, with `app.use(auth.protect)`; routes registered before it are not protected.
   *
   * - Opens the exchange (`c.var.exchange`) and sends its cookies.
   * - Sets security headers, except those that the route sets: a strict CSP for pages, and `no-store`.
   * - Refuses plain http if `baseUrl` is https, several Host headers, embedding by other sites, WebSocket
   *   handshakes of other sites, and unsafe requests without CSRF token. Calls of the API with a
   *   bearer token need none: use `bearerOrSession` for their routes.
   * - Responds 503 if the store fails and 429 if unknown tokens are throttled, instead of the 500 of
   *   `app.onError`. A response of `onError` with another status is kept.
   *
   * With two `coatcheck()` in one app, such as for users and for administrators, register each for its own
   * paths. Guards reject the exchange of another one with `invalid-argument`.
   */
  readonly protect: MiddlewareHandler<{ Variables: ProtectVariables<Data> }>
}

/** The default type of session data: none. */
type NoData = Readonly<Record<never, never>>

/**
 * Creates the sessions of a Hono app. Does no I/O: the first use, or `ready()`, opens and migrates the
 * store. Throws `SessionError` of code `invalid-option`, naming the option.
 */
export function coatcheck<Data = NoData>(options: HonoCoatcheckOptions<Data>): HonoCoatcheck<Data> {
  const setup = createSetup(options, honoSessionsOptionNames)
  const { sessions, web, ready, close } = setup
  const { peerAddress = findPeerAddress } = options
  const adapterOptions = pick(options, honoSessionsOptionNames)
  const adapter = createHonoSessions(web, { ...adapterOptions, peerAddress })
  const { exchange, csrfGuard: _, corsGuard: __, respondToFailure: ___, ...guards } = adapter
  return { ...guards, sessions, web, ready, close, protect: createProtect(setup, exchange) }
}

type ProtectedContext<Data> = Context<{ Variables: ProtectVariables<Data> }>

function createProtect<Data>(
  setup: Setup<Data>,
  openExchange: MiddlewareHandler,
): HonoCoatcheck<Data>['protect'] {
  async function runGuards(c: ProtectedContext<Data>, next: Next): Promise<void> {
    const { exchange } = c.var
    c.set('csrfField', () =>
      toFieldPromise(exchange.csrfToken().then(csrfFieldHtml).then(toEscaped)),
    )
    const refusal = await setup.protect(exchange)
    if (refusal !== null) return replaceResponse(c, refusal)
    await next()
    await replaceFailure(c, setup.web)
  }

  return async (c, next) => {
    // Registered twice, or by an app and by one that is a part of it. Other sessions have their own.
    if (isProtectedBy(c, setup)) return next()
    const nonce = setup.isPage(c.req.raw) ? setup.createNonce() : null
    c.set('nonce', nonce ?? '')
    try {
      await openExchange(c, () => runGuards(c, next))
    } finally {
      // Also after an error of a guard: Hono copies the headers to the response of `onError`.
      setMissingHeaders(c, setup.headersFor(nonce))
    }
    return
  }
}

/** Whether `protect` of these sessions has opened the exchange; from now on it has. */
function isProtectedBy(c: Context, setup: object): boolean {
  const variable = 'coatcheck setup'
  if (c.get(variable) === setup) return true
  c.set(variable, setup)
  return false
}

/** Hono has passed the error to `onError` by now, which responds 500 unless the app handles it. */
async function replaceFailure<Data>(
  c: ProtectedContext<Data>,
  web: WebSessions<Data>,
): Promise<void> {
  if (c.error === undefined || c.res.status !== 500) return
  const response = await web.respondToFailure(c.var.exchange, c.error)
  if (isResponse(response)) replaceResponse(c, response)
}

/** Without the headers of the response that it replaces, which Hono would copy. */
function replaceResponse(c: Context, response: Response): void {
  c.res = undefined
  c.res = response
}

/** Hono's templates and JSX do not escape such a text. */
function toEscaped(html: string): HtmlEscapedString {
  return Object.assign(Object(html), { isEscaped: true })
}
