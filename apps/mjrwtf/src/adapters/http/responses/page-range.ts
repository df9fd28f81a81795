import type { PageRange } from '../components/pagination.tsx'
import { type Cursor, cursorText } from './cursor.ts'

export interface RangeOf<Place> {
  readonly cursor: Cursor<Place> | null
  readonly offset: number
  readonly count: number
  /** Where the list continues in the direction of the cursor. */
  readonly hasMore: boolean
  /** Where the newer page starts, and the older one. `null` for a page without entries. */
  readonly newest: Place | null
  readonly oldest: Place | null
}

/** Returns the range of a page that was read from the cursor, or else from the offset. */
export function rangeOf<Place>(page: RangeOf<Place>): PageRange {
  const { cursor, offset, count, hasMore, newest, oldest } = page
  const isNewer = cursor?.direction === 'newer'
  const start = cursor?.index ?? offset
  const index = isNewer ? Math.max(0, start - count) : start
  const hasNewer = isNewer ? hasMore : start > 0
  const hasOlder = isNewer || hasMore
  return {
    index,
    count,
    newer:
      hasNewer && newest !== null ? cursorText({ direction: 'newer', place: newest, index }) : null,
    older:
      hasOlder && oldest !== null
        ? cursorText({ direction: 'older', place: oldest, index: index + count })
        : null,
  }
}
