import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { rejectOption } from '../domain/errors.ts'
import { trimOws } from './cookie-header.ts'
import type { RequestHeaders } from './incoming-request.ts'

/** Determines the client's IP address and scheme from the socket and trusted proxies. */
export interface ProxyTrust {
  /** The socket's IP address or, behind trusted proxies, the rightmost untrusted forwarded one. */
  clientIpAddress(peer: string | null, headers: RequestHeaders): string | null
  /** The socket's peer. */
  peer(peer: string | null): ForwardedHop
  /** The client's scheme if a trusted proxy reports it, else `null`. */
  clientScheme(peer: string | null, headers: RequestHeaders): 'http' | 'https' | null
}

/** An IP address from a socket or a header. */
export interface ForwardedHop {
  /** In canonical form, or `null` if the text is not an IP address. */
  readonly ipAddress: string | null
  readonly isTrusted: boolean
}

/** Throws `invalid-option` for a proxy that is neither an IP address nor a CIDR range. */
export function createProxyTrust(trustedProxies: readonly string[]): ProxyTrust {
  const readHop = createAddressReader(createProxyMatcher(trustedProxies))

  return {
    clientIpAddress(peer, headers) {
      let last = readHop(peer ?? '')
      if (!last.isTrusted) return last.ipAddress
      const hops = (headers.get('x-forwarded-for') ?? '').split(',')
      while (last.isTrusted) {
        const hop = readHop(trimOws(hops.pop() ?? ''))
        // Absent or invalid: the proxy that sent it is the last known hop.
        if (hop.ipAddress === null) break
        last = hop
      }
      return last.ipAddress
    },
    peer: (peer) => readHop(peer ?? ''),
    clientScheme(peer, headers) {
      if (!readHop(peer ?? '').isTrusted) return null
      const last = (headers.get('x-forwarded-proto') ?? '').split(',').pop()
      const scheme = trimOws(last ?? '').toLowerCase()
      return scheme === 'http' || scheme === 'https' ? scheme : null
    },
  }
}

/** Limits the cache to a few hundred kilobytes. */
const maxCachedAddresses = 4_096

const invalidAddress: ForwardedHop = { ipAddress: null, isTrusted: false }

/**
 * Parses IP addresses and caches the results. Parsing an IPv6 address, which is how Node also reports
 * IPv4, takes longer than opening the rest of an exchange.
 */
function createAddressReader(
  isProxy: (ipAddress: string) => boolean,
): (text: string) => ForwardedHop {
  const cache = new Map<string, ForwardedHop>()

  function read(text: string): ForwardedHop {
    const ipAddress = normalizeIpAddress(text)
    if (ipAddress === null) return invalidAddress
    const hop = { ipAddress, isTrusted: isProxy(ipAddress) }
    if (cache.size >= maxCachedAddresses) cache.clear()
    // Copied, because a substring would keep the whole header in memory.
    cache.set(Buffer.from(text).toString(), hop)
    return hop
  }

  return (text) => cache.get(text) ?? read(text)
}

function createProxyMatcher(ranges: readonly string[]): (ipAddress: string) => boolean {
  // One list per family: a single list would match every IPv4 address against `::/64`.
  const trustedRanges = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const range of ranges) addRange(trustedRanges, range)
  return (ipAddress) => {
    const family = isIPv4(ipAddress) ? 'ipv4' : 'ipv6'
    return trustedRanges[family].check(ipAddress, family)
  }
}

function addRange(lists: { ipv4: BlockList; ipv6: BlockList }, range: string): void {
  const [text = '', length, ...rest] = range.split('/')
  const ipAddress = normalizeIpAddress(text)
  const family = ipAddress !== null && isIPv4(ipAddress) ? 'ipv4' : 'ipv6'
  const bits = family === 'ipv4' ? 32 : 128
  const prefix = length === undefined ? bits : Number(length)
  const isPrefix = length === undefined || (/^\d{1,3}$/.test(length) && prefix <= bits)
  // An IPv4 address in IPv6 notation: the prefix length would count other bits.
  const isMapped = family === 'ipv4' && text.includes(':')
  const isBare = isIPv4(text) || isIPv6(text)
  if (ipAddress === null || !isBare || !isPrefix || isMapped || rest.length > 0) {
    rejectOption(`trustedProxies contains "${range}", which is not an IP address or CIDR range`)
  }
  lists[family].addSubnet(ipAddress, prefix, family)
}

/**
 * Returns an IP address in canonical form, so that each client has one text: without port, brackets
 * and zone, IPv6 shortened and in lower case, IPv4-mapped IPv6 as IPv4. `null` for anything else.
 */
export function normalizeIpAddress(text: string): string | null {
  // Longer than any address with brackets, zone and port.
  if (text.length > 100) return null
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? []
  const [, beforePort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? []
  const bare = (bracketed ?? beforePort ?? text).replace(/%.*$/s, '')
  if (isIPv4(bare)) return bracketed === undefined ? bare : null
  return isIPv6(bare) ? canonicalIpv6(bare) : null
}

function canonicalIpv6(ipAddress: string): string {
  const canonical = new URL(`http://[${ipAddress}]/`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? []
  if (high === undefined || low === undefined) return canonical
  const groups = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return groups.flatMap((group) => [group >> 8, group & 0xff]).join('.')
}
