import type { ServerResponse } from 'node:http'
import type { Exchange } from '../../http/exchange.ts'
import { type GivenHeaders, withOurs } from './given-headers.ts'

/** Where the exchange of a request is kept, on its response. */
export interface ExchangeSlot<Data> {
  find(response: ServerResponse): Exchange<Data> | undefined
  /**
   * Has the headers of the exchange leave with the response, however it leaves: `end`, `write`,
   * `flushHeaders` and pipes all come to `writeHead`. They are asked for then, at the last moment
   * at which they can be known.
   */
  put(response: ServerResponse, exchange: Exchange<Data>): void
}

type WriteHeadRest = readonly [reason?: string | GivenHeaders, headers?: GivenHeaders]

export function createExchangeSlot<Data>(): ExchangeSlot<Data> {
  const slot: unique symbol = Symbol('coatcheck exchange')
  interface Kept {
    readonly exchange: Exchange<Data>
    readonly writeHead: ServerResponse['writeHead']
  }
  // A property: in a WeakMap each request would outlive the small collections
  // of garbage (decision 013).
  interface Holder extends ServerResponse {
    [slot]?: Kept
  }

  // One function for all responses: with a new one for each, they would outlive them too.
  function writeHead(this: Holder, status: number, ...rest: WriteHeadRest): ServerResponse {
    const kept = this[slot]
    if (kept === undefined) throw new Error('the response has no exchange')
    const [reason, headers] = rest
    if (typeof reason === 'string') this.statusMessage = reason
    const given = headers ?? (typeof reason === 'string' ? [] : (reason ?? []))
    return kept.writeHead.call(this, status, withOurs(this, given, kept.exchange.responseHeaders()))
  }

  return {
    find: (response: Holder) => response[slot]?.exchange,
    put(response: Holder, exchange) {
      response[slot] = { exchange, writeHead: response.writeHead }
      if (response.headersSent) exchange.responseHeaders()
      else response.writeHead = writeHead
    },
  }
}
