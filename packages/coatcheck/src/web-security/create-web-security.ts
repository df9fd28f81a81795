import { requireMethods, requireOptions } from '../domain/options.ts'
import { parseTrustedOrigins } from '../http/csrf/trusted-origins.ts'
import { requirePath } from '../http/next-path.ts'
import { parsePublicOrigin } from '../http/public-origin.ts'
import { expectedRandom, systemRandom } from '../ports/system.ts'
import { createRequestGuards } from './request-guards.ts'
import { buildApiHeaders, buildPageHeaders, type HeaderOptions } from './security-headers.ts'
import {
  type WebSecurity,
  type WebSecurityOptions,
  webSecurityOptionNames,
} from './web-security.ts'

/** Throws `SessionError` of code `invalid-option`, naming the option, for an invalid value. */
export function createWebSecurity(options: WebSecurityOptions): WebSecurity {
  requireOptions('createWebSecurity', options, webSecurityOptionNames)
  const { apiPrefix = '/api/', cspReportPath, random = systemRandom } = options
  requireMethods('random', random, expectedRandom)
  const origin = parsePublicOrigin(options.baseUrl, options.plainHttp)
  const pathOf = (option: string, path: string) => requirePath(option, path, origin.origin)
  const reportPath = cspReportPath === undefined ? null : pathOf('cspReportPath', cspReportPath)
  const headerOptions: HeaderOptions = {
    https: origin.https,
    cspReportUrl: reportPath === null ? null : `${origin.origin}${reportPath}`,
  }

  return {
    pageHeaders: (nonce, overrides) => buildPageHeaders(headerOptions, nonce, overrides),
    apiHeaders: (overrides) => buildApiHeaders(headerOptions, overrides),
    createNonce: () => Buffer.from(random.bytes(16)).toString('base64'),
    ...createRequestGuards({
      origin,
      apiPrefix: pathOf('apiPrefix', apiPrefix),
      trustedOrigins: parseTrustedOrigins(options.trustedOrigins),
    }),
  }
}
