import type { ServerResponse } from 'node:http'
import type { Exchange } from '../../http/exchange.ts'
import { mergeHeaders, type WriteHeadHeaders } from './merge-headers.ts'

/** Where the exchange of a request is kept, on its response. */
export interface ExchangeSlot<Data> {
  get(response: ServerResponse): Exchange<Data> | undefined
  /**
   * Has the headers of the exchange leave with the response, however it leaves: `end`, `write`,
   * `flushHeaders` and pipes all come to `writeHead`. They are asked for then, at the last moment
   * at which they can be known.
   */
  attach(response: ServerResponse, exchange: Exchange<Data>): void
}

type WriteHeadArgs = readonly [reason?: string | WriteHeadHeaders, headers?: WriteHeadHeaders]

export function createExchangeSlot<Data>(): ExchangeSlot<Data> {
  const slot: unique symbol = Symbol('coatcheck exchange')
  interface AttachedExchange {
    readonly exchange: Exchange<Data>
    readonly writeHead: ServerResponse['writeHead']
  }
  // A property: in a WeakMap each request would outlive the small collections
  // of garbage (decision 013).
  interface SlottedResponse extends ServerResponse {
    [slot]?: AttachedExchange
  }

  // One function for all responses: with a new one for each, they would outlive them too.
  function writeHead(
    this: SlottedResponse,
    status: number,
    ...rest: WriteHeadArgs
  ): ServerResponse {
    const attached = this[slot]
    if (attached === undefined) throw new Error('the response has no exchange')
    const [reason, headers] = rest
    if (typeof reason === 'string') this.statusMessage = reason
    const routeHeaders = headers ?? (typeof reason === 'string' ? [] : (reason ?? []))
    return attached.writeHead.call(
      this,
      status,
      mergeHeaders(this, routeHeaders, attached.exchange.responseHeaders()),
    )
  }

  return {
    get: (response: SlottedResponse) => response[slot]?.exchange,
    attach(response: SlottedResponse, exchange) {
      response[slot] = { exchange, writeHead: response.writeHead }
      if (response.headersSent) exchange.responseHeaders()
      else response.writeHead = writeHead
    },
  }
}
