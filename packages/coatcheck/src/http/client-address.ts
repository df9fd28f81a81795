import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { SessionError } from '../domain/errors.ts'
import type { RequestHeaders } from './request-slice.ts'
import { trimBlanks } from './trim-blanks.ts'

/** What may be believed about where a request came from. */
export interface ForwardedTrust {
  /**
   * The client's address: the socket's, or behind trusted proxies the first that is none
   * of them, from the right.
   */
  clientAddress(peer: string | null, headers: RequestHeaders): string | null
  /** The scheme the client used, when a trusted proxy tells it. */
  clientScheme(peer: string | null, headers: RequestHeaders): 'http' | 'https' | null
}

/** An address that a socket or a header named. */
interface Named {
  /** In canonical text, or `null` for what is no address. */
  readonly address: string | null
  readonly isTrusted: boolean
}

/** Throws `invalid-option` for a proxy that is no address and no CIDR range. */
export function createForwardedTrust(trustedProxies: readonly string[]): ForwardedTrust {
  const read = createReader(createProxyTest(trustedProxies))

  return {
    clientAddress(peer, headers) {
      let last = read(peer ?? '')
      if (!last.isTrusted) return last.address
      const hops = (headers.get('x-forwarded-for') ?? '').split(',')
      while (last.isTrusted) {
        const hop = read(trimBlanks(hops.pop() ?? ''))
        // Absent or garbage: whoever wrote it is the last one known.
        if (hop.address === null) break
        last = hop
      }
      return last.address
    },
    clientScheme(peer, headers) {
      if (!read(peer ?? '').isTrusted) return null
      const last = (headers.get('x-forwarded-proto') ?? '').split(',').pop()
      const scheme = trimBlanks(last ?? '').toLowerCase()
      return scheme === 'http' || scheme === 'https' ? scheme : null
    },
  }
}

/** How many texts are remembered, at most: a few hundred kilobytes. */
const remembered = 4_096

const unreadable: Named = { address: null, isTrusted: false }

/**
 * Reads the text of an address, and remembers what it read. Reading IPv6, in which Node writes IPv4
 * too, takes longer than opening the rest of an exchange.
 */
function createReader(isProxy: (address: string) => boolean): (text: string) => Named {
  const known = new Map<string, Named>()

  function read(text: string): Named {
    const address = normalizeAddress(text)
    if (address === null) return unreadable
    const named = { address, isTrusted: isProxy(address) }
    if (known.size >= remembered) known.clear()
    // A copy: cut out of a header, the text would keep all of that header alive.
    known.set(Buffer.from(text).toString(), named)
    return named
  }

  return (text) => known.get(text) ?? read(text)
}

function createProxyTest(ranges: readonly string[]): (address: string) => boolean {
  // One for each family: a single list takes every IPv4 address for one of `::/64`.
  const trusted = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const range of ranges) addRange(trusted, range)
  return (address) => {
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    return trusted[family].check(address, family)
  }
}

function addRange(lists: { ipv4: BlockList; ipv6: BlockList }, range: string): void {
  const [text = '', length, ...rest] = range.split('/')
  const address = normalizeAddress(text)
  const family = address !== null && isIPv4(address) ? 'ipv4' : 'ipv6'
  const bits = family === 'ipv4' ? 32 : 128
  const prefix = length === undefined ? bits : Number(length)
  const isPrefix = length === undefined || (/^\d{1,3}$/.test(length) && prefix <= bits)
  // Written as IPv6 but IPv4 in truth: the length would count other bits.
  const isMapped = family === 'ipv4' && text.includes(':')
  const isBare = isIPv4(text) || isIPv6(text)
  if (address === null || !isBare || !isPrefix || isMapped || rest.length > 0) {
    throw new SessionError(
      'invalid-option',
      `trustedProxies has "${range}", which is no address or CIDR range`,
    )
  }
  lists[family].addSubnet(address, prefix, family)
}

/**
 * An address in canonical text: without port, brackets and zone, IPv6 shortened and in lower case,
 * IPv4 inside IPv6 as IPv4, so that one client has one text. `null` for anything else.
 */
export function normalizeAddress(text: string): string | null {
  // Longer than any address with brackets, zone and port.
  if (text.length > 100) return null
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? []
  const [, beforePort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? []
  const bare = (bracketed ?? beforePort ?? text).replace(/%.*$/s, '')
  if (isIPv4(bare)) return bracketed === undefined ? bare : null
  return isIPv6(bare) ? canonicalIpv6(bare) : null
}

function canonicalIpv6(address: string): string {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? []
  if (high === undefined || low === undefined) return canonical
  const words = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return words.flatMap((word) => [word >> 8, word & 0xff]).join('.')
}
