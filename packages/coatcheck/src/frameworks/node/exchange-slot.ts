import type { ServerResponse } from 'node:http'
import type { Exchange } from '../../http/exchange/exchange.ts'
import { mergeHeaders, type WriteHeadHeaders } from './merge-headers.ts'

/** Stores the exchange of a request on its response. */
export interface ExchangeSlot<Data> {
  get(response: ServerResponse): Exchange<Data> | undefined
  /**
   * Adds the headers of the exchange to the response when it is sent: `end`, `write`, `flushHeaders`
   * and pipes all call `writeHead`, which reads them as late as possible.
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
  // A property, because WeakMap entries survive minor garbage collections (decision 013).
  interface SlottedResponse extends ServerResponse {
    [slot]?: AttachedExchange
  }

  // One function for all responses: a closure per response would survive them too.
  function writeHead(this: SlottedResponse, status: number, ...rest: WriteHeadArgs) {
    const attached = this[slot]
    if (attached === undefined) throw new Error('the response has no exchange')
    const [reason, headers] = rest
    if (typeof reason === 'string') this.statusMessage = reason
    const routeHeaders = headers ?? (typeof reason === 'string' ? [] : (reason ?? []))
    const merged = mergeHeaders(this, routeHeaders, attached.exchange.responseHeaders())
    return attached.writeHead.call(this, status, merged)
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
