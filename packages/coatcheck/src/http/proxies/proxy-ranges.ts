import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { rejectOption } from '../../domain/errors.ts'
import { normalizeIpAddress } from './ip-address.ts'

/**
 * Returns whether a canonical IP address is in one of the ranges. Throws `invalid-option` for a range
 * that is neither an IP address nor in CIDR notation.
 */
export function createProxyMatcher(ranges: readonly string[]): (ipAddress: string) => boolean {
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
    rejectOption(
      `trustedProxies contains "${range}", which is not an IP address, CIDR range or "unix"`,
    )
  }
  lists[family].addSubnet(ipAddress, prefix, family)
}
