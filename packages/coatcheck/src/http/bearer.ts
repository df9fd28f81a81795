import { guardCsrf } from './csrf-guard.ts'
import type { Exchange } from './exchange.ts'
import type { RefusalCode } from './refusal.ts'
import { createRefusal } from './refusals.ts'
import type { WebContext } from './web-context.ts'
import type { Authentication, BearerOptions } from './web-sessions.ts'

/**
 * One token. RFC 6750 allows fewer characters, but tokens that people chose themselves have others;
 * a comma is not among them, for it is what joins two Authorization headers into one.
 */
const bearerPattern = /^bearer +([\x21-\x2b\x2d-\x7e]{1,4096})$/i

/** The token of an Authorization header, or `null` when it is anything but one Bearer token. */
function parseBearer(authorization: string): string | null {
  return bearerPattern.exec(authorization)?.[1] ?? null
}

/**
 * Authenticates by the one credential there is; with a cookie, unsafe methods pass the CSRF guard.
 */
export async function authenticate<Data, Bearer>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  { verifyBearer, ...options }: BearerOptions<Bearer>,
): Promise<Response | Authentication<Data, Bearer>> {
  const refuse = (code: RefusalCode) => exchange.respond(createRefusal(code, 'api'))
  const authorization = exchange.request.headers.get('authorization')
  if (authorization !== null) {
    const token = parseBearer(authorization)
    const bearer = token === null ? null : await verifyBearer(token, exchange.client)
    return bearer === null ? refuse('invalid_token') : { credential: 'bearer', bearer }
  }
  const verified = await exchange.verification(options)
  if (verified.status === 'ended') return refuse('session_expired')
  if (verified.status === 'none') return refuse('sign_in_required')
  const refused = await guardCsrf(context, exchange, () => 'api')
  return refused ?? { credential: 'session', session: verified.session }
}
