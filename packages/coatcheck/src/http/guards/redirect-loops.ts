import type { EventSink, RedirectLoopReason } from '../../domain/events.ts'
import type { Clock } from '../../ports/system.ts'
import type { IncomingRequest, RequestHeaders } from '../incoming-request.ts'
import type { ProxyTrust } from '../proxies/client-address.ts'
import type { PublicOrigin } from '../public-origin.ts'

export interface RedirectLoopDependencies {
  readonly origin: PublicOrigin
  readonly proxyTrust: ProxyTrust
  readonly clock: Clock
  readonly report: EventSink
}

const maxReports = 20

/** Finds redirects that would never end. Reports each reason once for each proxy. */
export interface RedirectLoops {
  /**
   * For a request that seems to be http: why a redirect to https would lead back to this server, over http
   * again, or `null` if the client did use http.
   */
  find(incoming: IncomingRequest): RedirectLoopReason | null
  /** Reports a guard that redirects to the page that it guards. */
  reportGuardedPage(): void
}

export function createRedirectLoops({
  origin,
  proxyTrust,
  clock,
  report,
}: RedirectLoopDependencies): RedirectLoops {
  const reported = new Set<string>()

  function findReason({ head, peerAddress }: IncomingRequest): RedirectLoopReason | null {
    const { headers } = head
    const scheme = proxyTrust.clientScheme(peerAddress, headers)
    const { isTrusted } = proxyTrust.peer(peerAddress)
    const isWrong = isBrowserOnHttps(headers, origin)
    if (scheme !== null) return isWrong ? 'wrong-forwarded-scheme' : null
    if (isTrusted) return isWrong || isForwarded(headers) ? 'no-forwarded-scheme' : null
    const isTerminated = forwardedScheme(headers) === 'https'
    return isWrong || isTerminated ? 'proxy-not-trusted' : null
  }

  function reportOnce(reason: RedirectLoopReason, ipAddress: string | null): void {
    const key = `${reason} ${ipAddress}`
    // Any client can claim to be a proxy, so the reports are limited, and one does not hide the others.
    if (reported.has(key) || reported.size >= maxReports) return
    reported.add(key)
    report({ type: 'redirect-loop-prevented', at: clock.now(), reason, ipAddress })
  }

  return {
    find(incoming) {
      const reason = findReason(incoming)
      if (reason !== null) reportOnce(reason, proxyTrust.peer(incoming.peerAddress).ipAddress)
      return reason
    },
    reportGuardedPage: () => reportOnce('guarded-sign-in-page', null),
  }
}

/**
 * Browsers send Fetch Metadata only over https, except to loopback names (Fetch Metadata section 2), so a
 * request with it for our host was encrypted between the browser and a proxy.
 */
function isBrowserOnHttps(headers: RequestHeaders, { host }: PublicOrigin): boolean {
  return headers.get('sec-fetch-mode') !== null && headers.get('host') === host
}

function isForwarded(headers: RequestHeaders): boolean {
  return headers.get('x-forwarded-for') !== null || headers.get('forwarded') !== null
}

/** The scheme that a proxy, trusted or not, says that the client used. */
function forwardedScheme(headers: RequestHeaders): 'https' | null {
  const isHttps =
    /\bhttps\b/i.test(headers.get('x-forwarded-proto') ?? '') ||
    /\bproto="?https\b/i.test(headers.get('forwarded') ?? '')
  return isHttps ? 'https' : null
}
