/**
 * Where a request came from. Both parts are signals, never proof: an address changes on the road and
 * a user agent is whatever the client says (NIST SP 800-63B-4 section 5.3).
 */
export interface Client {
  /** Address of the client, IPv4 or IPv6 in canonical text, or `null` when the transport has none. */
  readonly ipAddress: string | null
  /** The User-Agent header, cut to 512 characters, or `null` when there was none. */
  readonly userAgent: string | null
}

/** A client of whom nothing is known. */
export const unknownClient: Client = { ipAddress: null, userAgent: null }

/**
 * Whether two addresses share a network: the first 24 bits of IPv4, the first 64 of IPv6. Unknown or
 * unreadable addresses share none.
 */
export function sameSubnet(a: string | null, b: string | null): boolean {
  const network = networkOf(a)
  return network !== null && network === networkOf(b)
}

/**
 * What counts as one address where somebody is kept from doing a thing too often: an IPv4 address
 * itself, and the /64 of an IPv6 one, for a single customer is given all of it. `null` without one.
 */
export function ipGroup(ipAddress: string | null): string | null {
  if (ipAddress?.includes(':') !== true) return ipAddress
  const [prefix] = canonicalIpv6Prefix.exec(ipAddress) ?? []
  return prefix ?? ipv6Prefix64(ipAddress) ?? ipAddress
}

/** Most addresses have these written out as they are kept: no need to take them apart. */
const canonicalIpv6Prefix = /^(?:(?:0|[1-9a-f][0-9a-f]{0,3}):){3}(?:0|[1-9a-f][0-9a-f]{0,3})(?=:)/

/** The network of an address, as `sameSubnet` tells networks apart; `null` for what is none. */
export function networkOf(ipAddress: string | null): string | null {
  if (ipAddress === null) return null
  const octets = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/.exec(ipAddress)
  if (octets !== null) return octets[1] ?? null
  return ipAddress.includes(':') ? ipv6Prefix64(ipAddress) : null
}

function ipv6Prefix64(ipAddress: string): string | null {
  const [head = '', tail, ...more] = ipAddress.split('::')
  if (more.length > 0) return null
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array.from({ length: Math.max(gap, 0) }, () => '0'), ...right]
  if (groups.length !== 8 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
