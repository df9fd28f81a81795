import { SessionError } from '../../domain/errors.ts'
import type { WebContext } from '../web-context.ts'
import type { Exchange } from './exchange.ts'

/** The property of an exchange that contains the context which has opened it. */
export const openedBy: unique symbol = Symbol('coatcheck context')

export interface OpenedExchange<Data> extends Exchange<Data> {
  readonly [openedBy]?: WebContext<Data>
}

/**
 * Throws `invalid-argument` for the exchange of another `WebSessions`: with two in one app, such as for
 * users and for administrators, a user would pass the guard for administrators.
 */
export function requireOwnExchange<Data>(
  context: WebContext<Data>,
  exchange: OpenedExchange<Data>,
): void {
  if (exchange[openedBy] !== context) throw new SessionError('invalid-argument', otherMessage)
}

/** Throws `invalid-argument` where the middleware that opens the exchange is missing, whatever the types say. */
export function requireExchange<Data>(exchange: Exchange<Data> | undefined): Exchange<Data> {
  if (exchange === undefined) throw new SessionError('invalid-argument', missingMessage)
  return exchange
}

const otherMessage =
  'the exchange was opened for other sessions than those of this guard: use protect, or exchange, and the ' +
  'guards of one coatcheck() for a route'

const missingMessage =
  'the request has no exchange: register protect of coatcheck, or exchange of createHonoSessions, before ' +
  'the routes and their guards'
