import { rejectOption } from '../../domain/errors.ts'
import { isTexts, requireInteger } from '../../domain/options.ts'
import { trimOws } from '../cookies/cookie-header.ts'
import type { RequestHeaders } from '../incoming-request.ts'
import { createEntryReader, type ForwardedHeader, type ReadEntry } from './forwarded-entries.ts'
import { normalizeIpAddress } from './ip-address.ts'
import { isPrivateAddress } from './private-ranges.ts'
import { createProxyMatcher } from './proxy-ranges.ts'

/** Determines the client's IP address and scheme from the socket and trusted proxies. */
export interface ProxyTrust {
  /** The socket's IP address or, behind trusted proxies, the one that the outermost of them forwards. */
  clientIpAddress(peer: string | null, headers: RequestHeaders): string | null
  /** The socket's peer. */
  peer(peer: string | null): ForwardedHop
  /** The client's scheme if a trusted proxy reports it, else `null`. */
  clientScheme(peer: string | null, headers: RequestHeaders): 'http' | 'https' | null
  /** Whether a proxy, trusted or not, forwards an IP address in the header that counts. */
  isForwarded(headers: RequestHeaders): boolean
}

/** An IP address from a socket or a header. */
export interface ForwardedHop {
  /** In canonical form, or `null` if the text is not an IP address. */
  readonly ipAddress: string | null
  readonly isTrusted: boolean
  /** Whether the IP address is of this machine or of a private network. */
  readonly isPrivate: boolean
}

/** Options of `createProxyTrust`, documented at `WebSessionsOptions`. */
export interface ProxyOptions {
  readonly trustedProxies?: readonly string[] | number
  readonly forwardedHeader?: ForwardedHeader
}

/** The peer of a unix socket, which has no IP address. */
export const unixPeer = 'unix'

function requireProxyList(proxies: unknown): readonly string[] {
  if (isTexts(proxies)) return proxies
  return rejectOption(
    "trustedProxies must be a list of IP addresses, CIDR ranges and 'unix', or the number of proxies",
  )
}

/** Throws `invalid-option` for invalid proxies. */
export function createProxyTrust(options: ProxyOptions): ProxyTrust {
  const { trustedProxies = [], forwardedHeader: header = 'x-forwarded-for' } = options
  if (header !== 'x-forwarded-for' && header !== 'forwarded') {
    rejectOption('forwardedHeader must be "x-forwarded-for" or "forwarded"')
  }
  const { readPeer, walk } =
    typeof trustedProxies === 'number'
      ? createCountedTrust(requireInteger('trustedProxies', trustedProxies, [1, maxHops]))
      : createListedTrust(requireProxyList(trustedProxies))

  function walkFrom(peer: ForwardedHop, headers: RequestHeaders): Walk {
    return walk(peer, createEntryReader(header, headers))
  }

  return {
    peer: readPeer,
    isForwarded: (headers) => headers.get(header) !== null,
    clientIpAddress(peerAddress, headers) {
      const peer = readPeer(peerAddress)
      return peer.isTrusted ? walkFrom(peer, headers).ipAddress : peer.ipAddress
    },
    clientScheme(peerAddress, headers) {
      const peer = readPeer(peerAddress)
      if (!peer.isTrusted) return null
      if (header === 'forwarded') return toScheme(walkFrom(peer, headers).scheme)
      const schemes = headers.get('x-forwarded-proto')?.split(',') ?? []
      if (schemes.length <= 1) return toScheme(schemes[0])
      const { entryCount } = walkFrom(peer, headers)
      return toScheme(schemes[Math.max(0, schemes.length - Math.max(1, entryCount))])
    },
  }
}

/** More than any deployment has. */
const maxHops = 20

/** What the entries of trusted proxies say, from the nearest to the outermost. */
interface Walk {
  readonly ipAddress: string | null
  /** Of the outermost entry that has one. */
  readonly scheme: string | null
  /** Number of entries that trusted proxies have appended. */
  readonly entryCount: number
}

interface HopTrust {
  readPeer(peer: string | null): ForwardedHop
  /** Reads the entries that trusted proxies have appended. The peer is trusted. */
  walk(peer: ForwardedHop, readEntry: ReadEntry): Walk
}

/** Trusts the hops of these IP addresses, wherever they are. */
function createListedTrust(trustedProxies: readonly string[]): HopTrust {
  const ranges = trustedProxies.filter((range) => range !== unixPeer)
  const readHop = createAddressReader(createProxyMatcher(ranges))
  const unixHop = { ...invalidAddress, isTrusted: ranges.length < trustedProxies.length }

  return {
    readPeer: (peer) => (peer === unixPeer ? unixHop : readHop(peer ?? '')),
    walk(peer, readEntry) {
      let last = peer
      let scheme: string | null = null
      let entryCount = 0
      while (last.isTrusted) {
        const entry = readEntry()
        if (entry === null) break
        entryCount += 1
        scheme = entry.scheme ?? scheme
        const hop = readHop(entry.address)
        // Invalid: the proxy that sent it is the last known hop.
        if (hop.ipAddress === null) break
        last = hop
      }
      return { ipAddress: last.ipAddress, scheme, entryCount }
    },
  }
}

/** Trusts the nearest hops, whatever their IP addresses. */
function createCountedTrust(hopCount: number): HopTrust {
  const readHop = createAddressReader(() => true)
  const unknownPeer = { ...invalidAddress, isTrusted: true }

  return {
    readPeer(peer) {
      const hop = readHop(peer ?? '')
      return hop.isTrusted ? hop : unknownPeer
    },
    walk(peer, readEntry) {
      let { ipAddress } = peer
      let scheme: string | null = null
      let entryCount = 0
      while (entryCount < hopCount) {
        const entry = readEntry()
        if (entry === null) break
        entryCount += 1
        scheme = entry.scheme ?? scheme
        ipAddress = readHop(entry.address).ipAddress ?? ipAddress
      }
      return { ipAddress, scheme, entryCount }
    },
  }
}

function toScheme(text: string | null | undefined): 'http' | 'https' | null {
  const scheme = trimOws(text ?? '').toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : null
}

/** Limits the cache to a few hundred kilobytes. */
const maxCachedAddresses = 4_096

const invalidAddress: ForwardedHop = { ipAddress: null, isTrusted: false, isPrivate: false }

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
    const isPrivate = isPrivateAddress(ipAddress)
    const hop = { ipAddress, isTrusted: isProxy(ipAddress), isPrivate }
    if (cache.size >= maxCachedAddresses) cache.clear()
    // Copied, because a substring would keep the whole header in memory.
    cache.set(Buffer.from(text).toString(), hop)
    return hop
  }

  return (text) => cache.get(text) ?? read(text)
}
