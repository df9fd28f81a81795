import type { Click } from '../../domain/click.ts'
import { quarterHour } from '../../domain/click-day.ts'
import { minute } from '../../domain/time.ts'
import { createWindows } from '../shared/windows.ts'

/** How a click is counted, so that neither one visitor nor one link can fill the queue and the table. */
export type ClickAdmission =
  /** In a row of its own. */
  | 'stored'
  /** In one row with others of the same origins. */
  | 'counted'
  /** In one row with others, whatever their origins. */
  | 'counted-without-origins'
  | 'ignored'

/** `docs/limits.md` has the reasons. */
export const clickLimits = {
  /** Clicks of one IP group that are stored one by one, per minute. */
  storedPerVisitor: 60,
  /** The same, on one link. */
  storedPerVisitorAndLink: 10,
  /** Links on which clicks of one IP group are counted, per minute. */
  linksPerVisitor: 120,
  /** Combinations of link and origins beyond the stored clicks of one IP group that are counted separately, per minute. */
  originsPerVisitor: 20,
  /** Clicks on one link that are stored one by one, per quarter-hour. */
  storedPerLink: 1_000,
  /** IP groups, and links, that are counted at the same time. */
  tracked: 10_000,
} as const

/** Decides how to count a click. `visitor` is the group of the IP address. */
export type ClickLimit = (visitor: string, click: Click) => ClickAdmission

interface VisitorCounts {
  stored: number
  /** Stored clicks by link. */
  readonly links: Map<string, number>
  readonly origins: Set<string>
}

/** Counts in memory: every process has limits of its own. */
export function createClickLimit(): ClickLimit {
  const max = clickLimits.tracked
  const visitors = createWindows<VisitorCounts>({
    length: minute,
    max,
    create: () => ({ stored: 0, links: new Map(), origins: new Set() }),
  })
  const links = createWindows({ length: quarterHour, max, create: () => ({ stored: 0 }) })

  return function admitClick(visitor, click) {
    const counts = visitors.valueAt(visitor, click.at)
    const storedOnLink = counts.links.get(click.linkId)
    const isNewLink = storedOnLink === undefined
    if (isNewLink && counts.links.size >= clickLimits.linksPerVisitor) return 'ignored'
    const link = links.valueAt(click.linkId, click.at)
    const isStored =
      counts.stored < clickLimits.storedPerVisitor &&
      (storedOnLink ?? 0) < clickLimits.storedPerVisitorAndLink &&
      link.stored < clickLimits.storedPerLink
    counts.links.set(click.linkId, (storedOnLink ?? 0) + (isStored ? 1 : 0))
    if (!isStored) return admitOrigins(counts, click)
    counts.stored += 1
    link.stored += 1
    return 'stored'
  }
}

function admitOrigins({ origins }: VisitorCounts, click: Click): ClickAdmission {
  const { linkId, referrerHost, country, agent, city, system, device } = click
  const key = JSON.stringify([linkId, referrerHost, country, agent, city, system, device])
  if (!origins.has(key) && origins.size >= clickLimits.originsPerVisitor)
    return 'counted-without-origins'
  origins.add(key)
  return 'counted'
}
