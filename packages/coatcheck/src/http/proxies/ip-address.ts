import { isIPv4, isIPv6 } from 'node:net'

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
