import { BlockList, isIPv4 } from 'node:net'

const privateRanges = new BlockList()
for (const [range, bits] of [
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  privateRanges.addSubnet(range, bits, 'ipv4')
}
for (const [range, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  privateRanges.addSubnet(range, bits, 'ipv6')
}

/** Whether an IP address in canonical form is of this machine or of a private network. */
export function isPrivateAddress(ipAddress: string): boolean {
  return privateRanges.check(ipAddress, isIPv4(ipAddress) ? 'ipv4' : 'ipv6')
}
