import type { Instant } from '../../domain/time.ts'

/** Where a page of a list starts: behind the place, in that direction. The entry at the place is not on the page. */
export interface PageStart<Place> {
  readonly direction: 'older' | 'newer'
  readonly place: Place
}

/** The place of an entry in a list that is sorted by time. */
export interface EntryPlace {
  readonly at: Instant
  readonly id: string
}
