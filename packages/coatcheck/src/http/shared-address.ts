import { BlockList, isIPv4 } from 'node:net'
import type { EventSink, SharedAddressReason } from '../domain/events.ts'
import type { Clock } from '../ports/system.ts'
import { type ForwardedHop, type ProxyTrust, unixPeer } from './client-address.ts'
import type { IncomingRequest } from './incoming-request.ts'

/** Reports, once, that clients behind a proxy share one IP address, and so every limit per IP address. */
export type ReportSharedAddress = (
  incoming: IncomingRequest,
  /** Of the client, as determined. */
  ipAddress: string | null,
  isThrottled: boolean,
) => void

export interface SharedAddressDependencies {
  readonly proxyTrust: ProxyTrust
  readonly clock: Clock
  readonly report: EventSink
}

export function createSharedAddressReporter({
  proxyTrust,
  clock,
  report,
}: SharedAddressDependencies): ReportSharedAddress {
  let isReported = false

  function findReason(
    { head, peerAddress }: IncomingRequest,
    { ipAddress, isTrusted }: ForwardedHop,
    isThrottled: boolean,
  ): SharedAddressReason | null {
    if (isTrusted) return 'no-forwarded-address'
    // A public IP address can belong to one client. A private one is a proxy or a local client.
    const isLocal = ipAddress === null ? peerAddress === unixPeer : isPrivate(ipAddress)
    if (!isLocal) return null
    if (proxyTrust.isForwarded(head.headers)) return 'proxy-not-trusted'
    return isThrottled ? 'no-forwarded-address' : null
  }

  return (incoming, ipAddress, isThrottled) => {
    if (isReported) return
    const peer = proxyTrust.peer(incoming.peerAddress)
    // A trusted proxy has forwarded the client's.
    if (ipAddress !== peer.ipAddress) return
    const reason = findReason(incoming, peer, isThrottled)
    if (reason === null) return
    isReported = true
    report({ type: 'client-address-shared', at: clock.now(), reason, ipAddress })
  }
}

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

function isPrivate(ipAddress: string): boolean {
  return privateRanges.check(ipAddress, isIPv4(ipAddress) ? 'ipv4' : 'ipv6')
}
