import type { Instant } from './time.ts'

/** How the owner of a link edits it. */
export type LinkEditor = 'page' | 'api'

/** A value of a link before or after an edit. Instants are in milliseconds. `null` for none. */
export type LinkEditValue = string | number | readonly string[] | null

/** What an edit can change. `state` names an archived link or one that was taken down. */
export const linkEditFields = [
  'shortCode',
  'domain',
  'destination',
  'title',
  'note',
  'tags',
  'startsAt',
  'expiresAt',
  'fallbackUrl',
  'clickLimit',
  'forwardsQuery',
  'password',
  'archivedAt',
  'takenDownAt',
] as const

export type LinkEditField = (typeof linkEditFields)[number]

export interface LinkChange {
  readonly field: LinkEditField
  readonly before: LinkEditValue
  /** Of a password: 1 if it was set, 2 if it was replaced, 0 if it was removed. */
  readonly after: LinkEditValue
}

/** One edit of a link, with all that it changed. */
export interface LinkEdit {
  readonly at: Instant
  /** `null` if it is unknown: for a change of many links, an import or the administrator. */
  readonly by: LinkEditor | null
  readonly changes: readonly LinkChange[]
}
