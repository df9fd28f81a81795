import { day, type Instant } from './time.ts'

/** What a user does to many links at once. `rename-tag` changes the tag of all links that have it. */
export const linkChangeKinds = [
  'archive',
  'unarchive',
  'delete',
  'restore',
  'add-tag',
  'remove-tag',
  'rename-tag',
] as const

export type LinkChangeKind = (typeof linkChangeKinds)[number]

/** What undoes each change. A renamed tag is renamed back: which links had both tags is not stored. */
export const opposites: Readonly<Record<LinkChangeKind, LinkChangeKind | null>> = {
  archive: 'unarchive',
  unarchive: 'archive',
  delete: 'restore',
  restore: 'delete',
  'add-tag': 'remove-tag',
  'remove-tag': 'add-tag',
  'rename-tag': null,
}

/** How long the owner of a deleted link can restore it. */
export const restorableFor = 30 * day

/** The deletions after this instant can be undone. */
export function restorableSince(now: Instant): Instant {
  return now - restorableFor
}

/** Links that one request changes. More are changed by further ones. */
export const linksPerStep = 1_000
