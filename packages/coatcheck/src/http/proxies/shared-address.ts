import type { EventSink, SharedAddressReason } from '../../domain/events.ts'
import type { Clock } from '../../ports/system.ts'
import type { IncomingRequest } from '../incoming-request.ts'
import { type ForwardedHop, type ProxyTrust, unixPeer } from './client-address.ts'

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
    { ipAddress, isTrusted, isPrivate }: ForwardedHop,
    isThrottled: boolean,
  ): SharedAddressReason | null {
    if (isTrusted) return 'no-forwarded-address'
    // A public IP address can belong to one client. A private one is a proxy or a local client.
    const isLocal = ipAddress === null ? peerAddress === unixPeer : isPrivate
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
