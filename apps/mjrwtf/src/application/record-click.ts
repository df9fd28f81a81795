import type { LinkId } from '../domain/link.ts'

export interface FollowedLink {
  readonly linkId: LinkId
  /** The Referer header as sent, or `null`. Only its host is kept. */
  readonly referrer: string | null
  /** The User-Agent header as sent, or `null`. */
  readonly userAgent: string | null
}

/** Notes that a link was followed, without waiting for the database. Bots are not counted. */
export type RecordClick = (followed: FollowedLink) => void
