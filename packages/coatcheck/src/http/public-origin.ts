import { isIP } from 'node:net'
import { rejectOption } from '../domain/errors.ts'
import { isPrivateAddress } from './proxies/private-ranges.ts'

/** The origin that clients use. */
export interface PublicOrigin {
  /** Such as `https://mjr.example`, without a trailing slash. */
  readonly origin: string
  /** Host and, where it is not the default, port. */
  readonly host: string
  /** `false` in the development profile, on a loopback name, and with plain http on a private network. */
  readonly https: boolean
}

/** Where a `baseUrl` with plain http is accepted. See `WebSessionsOptions`. */
export type PlainHttp = 'loopback' | 'private-network'

/**
 * Parses `baseUrl`. Throws `invalid-option` unless it is an https origin, or an http origin on loopback or, with
 * `private-network`, on a private IP address.
 */
export function parsePublicOrigin(
  baseUrl: string,
  plainHttp: PlainHttp = 'loopback',
): PublicOrigin {
  if (plainHttp !== 'loopback' && plainHttp !== 'private-network') {
    rejectOption('plainHttp must be loopback or private-network')
  }
  if (baseUrl === undefined) {
    rejectOption('baseUrl is missing: pass the public origin, such as https://app.example')
  }
  const url = typeof baseUrl === 'string' ? URL.parse(baseUrl) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    rejectOption(
      'baseUrl must be a text that begins with https://, or in development with http://, such as http://localhost:3000',
    )
  }
  const isBareOrigin = url.pathname === '/' && url.search === '' && url.hash === ''
  if (!isBareOrigin || url.username !== '' || url.password !== '' || /[?#]/.test(baseUrl)) {
    rejectOption(
      'baseUrl must be an origin such as https://app.example: no path, query, fragment or credentials',
    )
  }
  const https = url.protocol === 'https:'
  const isPrivate = plainHttp === 'private-network' && isPrivateIpAddress(url.hostname)
  if (!https && !isLoopback(url.hostname) && !isPrivate) {
    const allowed = 'plain http is allowed only on localhost, *.localhost, 127.0.0.0/8 and [::1]'
    rejectOption(`baseUrl must be https: ${allowed}`)
  }
  return { origin: url.origin, host: url.host, https }
}

/** Whether the hostname of a URL is a loopback name or address (RFC 6761 section 6.3, RFC 6890). */
export function isLoopback(hostname: string): boolean {
  const isName = hostname === 'localhost' || hostname.endsWith('.localhost')
  return isName || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

/** Whether the hostname of a URL is an IP address of a private network. A name is none: DNS can change where it leads. */
function isPrivateIpAddress(hostname: string): boolean {
  const ipAddress = hostname.replace(/^\[|\]$/g, '')
  return isIP(ipAddress) !== 0 && isPrivateAddress(ipAddress)
}
