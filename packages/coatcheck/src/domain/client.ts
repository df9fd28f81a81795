/**
 * The client of a request. Both parts are signals, not evidence: a mobile client changes its IP address,
 * and clients choose their user agent (NIST SP 800-63B-4 section 5.3).
 */
export interface Client {
  /** IPv4 or IPv6 address in canonical form, or `null` if the transport has none. */
  readonly ipAddress: string | null
  /** The User-Agent header, truncated to 512 characters, or `null` if there was none. */
  readonly userAgent: string | null
}

export const unknownClient: Client = { ipAddress: null, userAgent: null }

/**
 * Whether two IP addresses are in one network: the first 24 bits of IPv4, the first 64 of IPv6.
 * `false` for unknown or invalid addresses.
 */
export function sameSubnet(a: string | null, b: string | null): boolean {
  const network = networkOf(a)
  return network !== null && network === networkOf(b)
}

/**
 * The unit that rate limits count by: an IPv4 address, or the /64 of an IPv6 address, because one
 * customer usually has a whole /64. `null` for `null`.
 */
export function ipGroup(ipAddress: string | null): string | null {
  if (ipAddress?.includes(':') !== true) return ipAddress
  const [prefix] = canonicalIpv6Prefix.exec(ipAddress) ?? []
  return prefix ?? ipv6Prefix64(ipAddress) ?? ipAddress
}

/** Fast path: most IPv6 addresses spell out their first four groups in canonical form. */
const canonicalIpv6Prefix = /^(?:(?:0|[1-9a-f][0-9a-f]{0,3}):){3}(?:0|[1-9a-f][0-9a-f]{0,3})(?=:)/

/** The network of an IP address, as in `sameSubnet`; `null` for an invalid address. */
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
