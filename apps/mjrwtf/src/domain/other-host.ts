import { isIPv4 } from 'node:net'
import { isPrivateHost } from './ip-address.ts'

/** A page was opened under another name than that of the site, where neither cookies nor forms work. */
export interface OtherHost {
  /** The origin that the visitor opened. `null` if it is not repeated: any page can lead a browser here under any name. */
  readonly origin: string | null
  /** The variables, as `NAME=value`, with which this name works. Empty if it cannot work as it was opened. */
  readonly settings: readonly string[]
}

interface OpenedUrl {
  /** Host and port of the request. */
  readonly host: string
  readonly isHttps: boolean
}

/**
 * What to set so that a site that was opened at this host works there. Only IP addresses and names that exist in a local
 * network alone are repeated: for others, the administrator looks at the browser.
 */
export function describeOtherHost({ host, isHttps }: OpenedUrl): OtherHost {
  const url = URL.parse(`${isHttps ? 'https' : 'http'}://${host}`)
  if (url === null || !isLocalName(url.hostname)) return { origin: null, settings: [] }
  const { origin } = url
  if (isHttps) return { origin, settings: [`BASE_URL=${origin}`] }
  if (!isPrivateHost(url.hostname)) return { origin, settings: [] }
  return { origin, settings: [`BASE_URL=${origin}`, 'ALLOW_PLAIN_HTTP=on'] }
}

/** Suffixes of names that no public DNS has (RFC 6762, RFC 8375, and what routers use). */
const localSuffix = /(?:^|\.)(?:local|lan|home|internal|localdomain|home\.arpa|fritz\.box)$/

function isLocalName(hostname: string): boolean {
  if (hostname.startsWith('[') || isIPv4(hostname)) return true
  return !hostname.includes('.') || localSuffix.test(hostname)
}
