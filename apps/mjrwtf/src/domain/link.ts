import type { Instant } from './time.ts'
import type { UserId } from './user.ts'

/** Opaque: 16 random bytes as 22 characters of base64url. */
export type LinkId = string

/** What the owner of a link can change. */
export interface LinkDetails {
  /** An absolute URL in ASCII, as returned by `parseDestination`. */
  readonly destination: string
  /** The destination as its owner typed it, or `null` if that is `destination`. */
  readonly typedDestination: string | null
  /** The instant from which the link no longer redirects, or `null` for never. */
  readonly expiresAt: Instant | null
  /** Empty for none. */
  readonly title: string
  /** Only its owner sees it. Empty for none. */
  readonly note: string
  /** As typed, without two that differ by case only. */
  readonly tags: readonly string[]
  /** The instant from which the link redirects, or `null` for its creation. */
  readonly startsAt: Instant | null
  /** Where the link redirects once it has ended: a URL as `destination`, or `null` for an error page. */
  readonly fallbackUrl: string | null
  /** How many visits are redirected, at least 1, or `null` for all. */
  readonly clickLimit: number | null
  /** Whether the query of the short link is added to the destination. */
  readonly forwardsQuery: boolean
}

/** A short code and the URL it redirects to. */
export interface Link extends LinkDetails {
  readonly id: LinkId
  /** The main one of its codes, see `isShortCode`. Never assigned to another link, even after removal. */
  readonly shortCode: string
  readonly ownerId: UserId
  readonly createdAt: Instant
  /** Since when the link is not in the main list of its owner, or `null`. It redirects all the same. */
  readonly archivedAt: Instant | null
  /** Whether visitors must enter a password. */
  readonly hasPassword: boolean
  /** Host of the short link, or `null` for that of SHORT_BASE_URL. */
  readonly domain: string | null
}

/** A link without options. */
export const linkDefaults: Omit<
  Link,
  'id' | 'shortCode' | 'ownerId' | 'createdAt' | 'destination'
> = {
  typedDestination: null,
  expiresAt: null,
  title: '',
  note: '',
  tags: [],
  startsAt: null,
  fallbackUrl: null,
  clickLimit: null,
  forwardsQuery: false,
  archivedAt: null,
  hasPassword: false,
  domain: null,
}

/** The destination as visitors read it. */
export function shownDestination(
  link: Pick<LinkDetails, 'destination' | 'typedDestination'>,
): string {
  return link.typedDestination ?? link.destination
}

/** Whether the link no longer redirects at `now`. */
export function isLinkExpired(link: Pick<Link, 'expiresAt'>, now: Instant): boolean {
  return link.expiresAt !== null && now >= link.expiresAt
}
