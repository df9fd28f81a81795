import type { Link } from './link.ts'
import type { TakeDown } from './take-down.ts'
import type { Instant } from './time.ts'

/**
 * What a link is in the lists of its owner. The first that applies: archived, taken down, ended (by time or by its click
 * limit), scheduled (not started), active.
 */
export const linkStates = ['active', 'scheduled', 'ended', 'taken-down', 'archived'] as const

export type LinkState = (typeof linkStates)[number]

/** The states of links in the main list. */
export const mainStates: readonly LinkState[] = ['active', 'scheduled', 'ended', 'taken-down']

export interface LinkCircumstances
  extends Pick<Link, 'archivedAt' | 'startsAt' | 'expiresAt' | 'clickLimit'> {
  readonly takeDown: TakeDown | null
  /** Visits that the click limit has admitted. 0 for a link without one. */
  readonly admittedClicks: number
}

/** The migration of the lists computes the same. */
export function linkState(link: LinkCircumstances, now: Instant): LinkState {
  if (link.archivedAt !== null) return 'archived'
  if (link.takeDown !== null) return 'taken-down'
  if (link.clickLimit !== null && link.admittedClicks >= link.clickLimit) return 'ended'
  if (link.expiresAt !== null && now >= link.expiresAt) return 'ended'
  return link.startsAt !== null && now < link.startsAt ? 'scheduled' : 'active'
}
