/** A link of the old service. */
export interface OldLink {
  readonly id: number
  readonly shortCode: string
  readonly originalUrl: string
  /** As stored: `2025-11-24 19:32:07.123456789+00:00`, or RFC 3339. */
  readonly createdAt: string
}

/** A click on a link of the old service. */
export interface OldClick {
  readonly id: number
  readonly clickedAt: string
  readonly referrer: string | null
  readonly country: string | null
  readonly userAgent: string | null
}

/** The SQLite file of the old service, opened for reading only: it may be in use. */
export interface OldDatabase {
  /** Up to `limit` links with ids after `after`, by id. */
  links(after: number, limit: number): readonly OldLink[]
  /** Up to `limit` clicks of a link with ids after `after`, by id. */
  clicks(linkId: number, after: number, limit: number): readonly OldClick[]
}
