import {
  agentFamily,
  cityText,
  deviceKind,
  referrerHost,
  systemFamily,
  unknownSource,
} from '../../domain/click.ts'
import { withoutOrigins } from '../../domain/click-day.ts'
import type { RequestedCode } from '../../domain/copied-code.ts'
import { ipGroup } from '../../domain/ip-address.ts'
import type { LinkId } from '../../domain/link.ts'
import { linkPhase } from '../../domain/link-options.ts'
import type { TakeDownReason } from '../../domain/take-down.ts'
import type { ResolvedLink } from '../ports/link-repository.ts'
import { createClickLimit } from './click-limit.ts'
import { createNoteVisit } from './count-visitors.ts'
import type { LinksDependencies } from './dependencies.ts'
import { createResolveLink } from './resolve-link.ts'

export type FollowLinkResult =
  | { readonly status: 'unknown' }
  /** `domain`: host of the short link, or `null` for the default one. Absent if the link was deleted with its owner's account. */
  | (LinkOutcome & { readonly domain?: string | null })

/** Where a link leads. */
type LinkOutcome =
  | { readonly status: 'found'; readonly link: ResolvedLink }
  /** The link has expired or was removed, or its owner's account was deleted (410). */
  | { readonly status: 'gone' }
  /** The link has not started (404). */
  | { readonly status: 'scheduled' }
  /** The link has ended, and redirects elsewhere. */
  | { readonly status: 'ended'; readonly fallbackUrl: string }
  /** The operator has taken the link down (410). */
  | { readonly status: 'taken-down'; readonly reason: TakeDownReason }
  /** The domain of the destination is blocked (410). */
  | { readonly status: 'blocked' }

/** Resolves a requested code. Does not count a click: call `recordClick` for a GET that redirects. */
export type FollowLink = (requested: RequestedCode) => Promise<FollowLinkResult>

export interface ClickInput {
  readonly linkId: LinkId
  /** The Referer header, or `null`. Only its host is stored. */
  readonly referrer: string | null
  /** The User-Agent header, or `null`. */
  readonly userAgent: string | null
  /** Of the visitor. Only its country and city are stored. */
  readonly ipAddress: string | null
}

/**
 * Queues a click without waiting for the database. Clicks of bots are counted by name and apart from others. Ignores
 * visitors and links beyond `clickLimits`.
 */
export type RecordClick = (click: ClickInput) => void

export function createFollowLink({
  links,
  isBlocked,
  clock,
}: Pick<LinksDependencies, 'links' | 'isBlocked' | 'clock'>): FollowLink {
  async function outcomeOf(link: ResolvedLink): Promise<LinkOutcome> {
    const { takeDown } = link
    if (takeDown !== null) return { status: 'taken-down', reason: takeDown.reason }
    if (link.removedAt !== null) return { status: 'gone' }
    const phase = linkPhase(link, clock.now())
    if (phase === 'scheduled') return { status: 'scheduled' }
    if (phase === 'ended') return endOf(link, isBlocked)
    return (await isBlocked(link.destination)) ? { status: 'blocked' } : { status: 'found', link }
  }

  const resolveLink = createResolveLink(links)
  return async function followLink(requested) {
    const resolved = await resolveLink(requested)
    if (resolved.status === 'ended') return { status: 'gone' }
    if (resolved.status === 'unknown') return resolved
    return { ...(await outcomeOf(resolved.link)), domain: resolved.link.domain }
  }
}

async function endOf(
  { fallbackUrl }: ResolvedLink,
  isBlocked: LinksDependencies['isBlocked'],
): Promise<LinkOutcome> {
  if (fallbackUrl === null) return { status: 'gone' }
  return (await isBlocked(fallbackUrl)) ? { status: 'blocked' } : { status: 'ended', fallbackUrl }
}

type RecordClickDependencies = Pick<
  LinksDependencies,
  'clickSink' | 'addVisit' | 'codeHasher' | 'botName' | 'locateIp' | 'secrets' | 'clock'
>

export function createRecordClick(dependencies: RecordClickDependencies): RecordClick {
  const { clickSink, botName, locateIp, secrets, clock } = dependencies
  const noteVisit = createNoteVisit(dependencies.codeHasher, dependencies.addVisit)
  const [admit, admitBot] = [createClickLimit(), createClickLimit()]
  return function recordClick({ linkId, referrer, userAgent, ipAddress }) {
    const visit = { id: secrets.id(), linkId, at: clock.now(), count: 1 }
    const visitor = ipGroup(ipAddress)
    const bot = botName(userAgent)
    if (bot !== null) {
      const click = { ...visit, ...unknownSource, agent: bot, isBot: true }
      // Never in a row of its own: bots do not use up the rows of a link's visitors.
      if (admitBot(visitor, click) !== 'ignored') clickSink.addCounted(click)
      return
    }
    const location = locateIp(ipAddress)
    const click = {
      ...visit,
      referrerHost: referrerHost(referrer),
      country: location?.country ?? null,
      city: cityText(location),
      agent: agentFamily(userAgent),
      system: systemFamily(userAgent),
      device: deviceKind(userAgent),
      isBot: false,
    }
    const admission = admit(visitor, click)
    if (admission !== 'ignored') noteVisit({ linkId, at: click.at, ipGroup: visitor, userAgent })
    if (admission === 'stored') clickSink.add(click)
    if (admission === 'counted') clickSink.addCounted(click)
    if (admission === 'counted-without-origins') clickSink.addCounted(withoutOrigins(click))
  }
}
