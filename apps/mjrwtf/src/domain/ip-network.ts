import { BlockList, isIP, SocketAddress } from 'node:net'

/** Ranges that one token may have. */
export const maxNetworks = 20

interface Network {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** A CIDR range or a single IP address as text in one form (`2001:db8::/32`), or `null` if it is none. */
export function parseNetwork(text: string): string | null {
  const network = parse(text)
  return network === null ? null : `${network.address}/${network.prefix}`
}

/** Whether one of the ranges contains the IP address. IPv4-mapped IPv6 is IPv4, in the ranges and in the IP address. */
export function isInNetworks(ipAddress: string | null, networks: readonly string[]): boolean {
  const family = ipAddress === null ? null : familyOf(ipAddress)
  if (ipAddress === null || family === null) return false
  const list = new BlockList()
  for (const network of networks.map(parse)) {
    if (network !== null) list.addSubnet(network.address, network.prefix, network.family)
  }
  return list.check(ipAddress, family)
}

function parse(text: string): Network | null {
  const [, host = '', length] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const family = familyOf(host)
  if (family === null) return null
  const bits = family === 'ipv4' ? 32 : 128
  const prefix = Number(length ?? bits)
  if (prefix > bits) return null
  return { address: new SocketAddress({ address: host, family }).address, prefix, family }
}

function familyOf(text: string): Network['family'] | null {
  const version = isIP(text)
  if (version === 0) return null
  return version === 4 ? 'ipv4' : 'ipv6'
}
