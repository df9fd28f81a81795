import type { RequestScope } from '../http/guard-responses.ts'
import { requirePath } from '../http/next-path.ts'
import { parsePublicOrigin } from '../http/public-origin.ts'
import { systemRandom } from '../ports/system.ts'
import {
  enforceResourceIsolation,
  redirectToBaseUrl,
  requireHttps,
  requireSingleHostHeader,
} from './request-guards.ts'
import { buildApiHeaders, buildPageHeaders, type HeaderOptions } from './security-headers.ts'
import type { WebSecurity, WebSecurityOptions } from './web-security.ts'

/** Throws `SessionError` of code `invalid-option`, naming the option, for an invalid value. */
export function createWebSecurity(options: WebSecurityOptions): WebSecurity {
  const origin = parsePublicOrigin(options.baseUrl)
  const { apiPrefix = '/api/', cspReportPath, random = systemRandom } = options
  const scope: RequestScope = {
    origin,
    apiPrefix: requirePath('apiPrefix', apiPrefix, origin.origin),
  }
  const headerOptions: HeaderOptions = {
    https: origin.https,
    cspReportUrl:
      cspReportPath === undefined
        ? null
        : `${origin.origin}${requirePath('cspReportPath', cspReportPath, origin.origin)}`,
  }

  return {
    pageHeaders: (nonce, overrides) => buildPageHeaders(headerOptions, nonce, overrides),
    apiHeaders: (overrides) => buildApiHeaders(headerOptions, overrides),
    createNonce: () => Buffer.from(random.bytes(16)).toString('base64'),
    requireSingleHostHeader: (exchange) => requireSingleHostHeader(scope, exchange),
    requireHttps: (exchange) => requireHttps(scope, exchange),
    redirectToBaseUrl: async ({ request }) => redirectToBaseUrl(scope, request),
    enforceResourceIsolation: (exchange) => enforceResourceIsolation(scope, exchange),
  }
}
