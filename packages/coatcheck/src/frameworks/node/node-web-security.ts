import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderOverrides } from '../../web-security/security-headers.ts'
import type { GuardedExchange, WebSecurity } from '../../web-security/web-security.ts'
import type { NodeSessions } from './node-sessions.ts'
import { passUnlessRefused } from './send-response.ts'

/** Resolves to whether the request passes; `false` after the guard has responded. */
type Guard = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

/** `WebSecurity` for `node:http`. */
export interface NodeWebSecurity {
  /**
   * Sets the headers of a page on the response; the route or a later call can replace them. Returns
   * the nonce for the page's scripts and styles, the same one for each call with this response.
   */
  pageHeaders(response: ServerResponse, overrides?: HeaderOverrides): string
  /** Sets the headers of every other response. */
  apiHeaders(response: ServerResponse, overrides?: HeaderOverrides): void
  readonly requireSingleHostHeader: Guard
  readonly requireHttps: Guard
  readonly redirectToBaseUrl: Guard
  readonly enforceResourceIsolation: Guard
}

export function createNodeWebSecurity<Data>(
  security: WebSecurity,
  { exchange }: Pick<NodeSessions<Data>, 'exchange'>,
): NodeWebSecurity {
  const nonceKey: unique symbol = Symbol('coatcheck nonce')
  interface ResponseWithNonce extends ServerResponse {
    [nonceKey]?: string
  }
  const guardWith =
    (check: (exchange: GuardedExchange) => Promise<Response | null>): Guard =>
    async (request, response) =>
      passUnlessRefused(response, await check(exchange(request, response)))

  return {
    pageHeaders(response: ResponseWithNonce, overrides) {
      const nonce = response[nonceKey] ?? security.createNonce()
      response[nonceKey] = nonce
      for (const header of security.pageHeaders(nonce, overrides)) response.setHeader(...header)
      return nonce
    },
    apiHeaders(response, overrides) {
      for (const header of security.apiHeaders(overrides)) response.setHeader(...header)
    },
    requireSingleHostHeader: guardWith(security.requireSingleHostHeader),
    requireHttps: guardWith(security.requireHttps),
    redirectToBaseUrl: guardWith(security.redirectToBaseUrl),
    enforceResourceIsolation: guardWith(security.enforceResourceIsolation),
  }
}
