import { agentFamily, referrerHost } from '../../domain/click.ts'
import { withoutOrigins } from '../../domain/click-day.ts'
import type { RequestedCode } from '../../domain/copied-code.ts'
import { ipGroup } from '../../domain/ip-address.ts'
import { isLinkExpired, type Link, type LinkId } from '../../domain/link.ts'
import type { TakeDownReason } from '../../domain/take-down.ts'
import { createClickLimit } from './click-limit.ts'
import type { LinksDependencies } from './dependencies.ts'
import { createResolveLink } from './resolve-link.ts'

export type FollowLinkResult =
  | { readonly status: 'found'; readonly link: Pick<Link, 'id' | 'shortCode' | 'destination'> }
  | { readonly status: 'unknown' }
  /** The link has expired or was removed, or its owner's account was deleted (410). */
  | { readonly status: 'gone' }
  /** The operator has taken the link down (410). */
  | { readonly status: 'taken-down'; readonly reason: TakeDownReason }

/** Resolves a requested code. Does not count a click: call `recordClick` for a GET that redirects. */
export type FollowLink = (requested: RequestedCode) => Promise<FollowLinkResult>

export interface ClickInput {
  readonly linkId: LinkId
  /** The Referer header, or `null`. Only its host is stored. */
  readonly referrer: string | null
  /** The User-Agent header, or `null`. */
  readonly userAgent: string | null
  /** Of the visitor. Only its country is stored. */
  readonly ipAddress: string | null
}

/** Queues a click without waiting for the database. Ignores bots, and visitors and links beyond `clickLimits`. */
export type RecordClick = (click: ClickInput) => void

export function createFollowLink({
  links,
  clock,
}: Pick<LinksDependencies, 'links' | 'clock'>): FollowLink {
  const resolveLink = createResolveLink(links)
  return async function followLink(requested) {
    const resolved = await resolveLink(requested)
    if (resolved.status === 'ended') return { status: 'gone' }
    if (resolved.status === 'unknown') return resolved
    const { link } = resolved
    const { takeDown } = link
    if (takeDown !== null) return { status: 'taken-down', reason: takeDown.reason }
    if (link.removedAt !== null || isLinkExpired(link, clock.now())) return { status: 'gone' }
    return { status: 'found', link }
  }
}

type RecordClickDependencies = Pick<
  LinksDependencies,
  'clickSink' | 'isBot' | 'locateIp' | 'secrets' | 'clock'
>

export function createRecordClick(dependencies: RecordClickDependencies): RecordClick {
  const { clickSink, isBot, locateIp, secrets, clock } = dependencies
  const admit = createClickLimit()
  return function recordClick({ linkId, referrer, userAgent, ipAddress }) {
    if (isBot(userAgent)) return
    const click = {
      id: secrets.id(),
      linkId,
      at: clock.now(),
      referrerHost: referrerHost(referrer),
      country: locateIp(ipAddress)?.country ?? null,
      agent: agentFamily(userAgent),
      count: 1,
    }
    const admission = admit(ipGroup(ipAddress), click)
    if (admission === 'stored') clickSink.add(click)
    if (admission === 'counted') clickSink.addCounted(click)
    if (admission === 'counted-without-origins') clickSink.addCounted(withoutOrigins(click))
  }
}
