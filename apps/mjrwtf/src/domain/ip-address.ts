import { BlockList, isIPv4 } from 'node:net'

/**
 * The group that a throttle counts: an IPv4 address, or the /64 of an IPv6 address, which one customer controls.
 * IPv4-mapped IPv6 counts as IPv4.
 */
export function ipGroup(ipAddress: string | null): string {
  if (ipAddress === null) return 'unknown'
  const address = ipAddress.toLowerCase().split('%')[0] ?? ''
  if (!address.includes(':')) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  return `${hextets(address).slice(0, 4).join(':')}::/64`
}

function hextets(address: string): readonly string[] {
  const [head = '', tail] = address.split('::')
  const front = groups(head)
  if (tail === undefined) return front
  const back = groups(tail)
  const gap = Math.max(0, 8 - front.length - back.length)
  return [...front, ...Array.from({ length: gap }, () => '0'), ...back]
}

function groups(text: string): readonly string[] {
  return text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, ''))
}

/** The network of an IP address: the /24 of IPv4, the /64 of IPv6; `null` if invalid. */
export function networkOf(ipAddress: string | null): string | null {
  if (ipAddress === null) return null
  if (ipAddress.includes(':')) return ipGroup(ipAddress)
  return /^\d{1,3}\.\d{1,3}\.\d{1,3}(?=\.\d{1,3}$)/.exec(ipAddress)?.[0] ?? null
}

/**
 * Whether browsers reach the host of a URL on the loopback interface, which they do for every name below
 * localhost (RFC 6761 section 6.3). Other programs may ask a DNS server for such a name.
 */
export function isLoopbackInBrowsers(hostname: string): boolean {
  return isLoopbackHost(hostname) || hostname.endsWith('.localhost')
}

/** Whether the host of a URL is on the loopback interface. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || /^127(\.\d+){3}$/.test(hostname) || hostname === '[::1]'
}

const privateRanges = new BlockList()
for (const [range, bits] of [
  ['10.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  privateRanges.addSubnet(range, bits, 'ipv4')
}
for (const [range, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  privateRanges.addSubnet(range, bits, 'ipv6')
}

/** Whether the host of a URL is an IP address of a private network (RFC 1918, RFC 3927, RFC 4193, RFC 4291). */
export function isPrivateHost(hostname: string): boolean {
  const ipv6 = /^\[(.+)\]$/.exec(hostname)?.[1]
  if (ipv6 !== undefined) return privateRanges.check(ipv6, 'ipv6')
  return isIPv4(hostname) && privateRanges.check(hostname, 'ipv4')
}
