import type { EntryPlace, PageStart } from '../../../application/ports/paging.ts'
import type { PageRange } from '../components/pagination.tsx'
import type { Cursor } from './cursor.ts'
import { rangeOf } from './page-range.ts'

/** One page of a list that is sorted by time. */
export interface EntryList<Entry> {
  /** Newest first. */
  readonly entries: readonly Entry[]
  readonly range: PageRange
}

interface EntryPage<Entry> {
  readonly entries: readonly Entry[]
  /** Whether the list continues in the direction of the start. */
  readonly hasMore: boolean
}

type ReadPage<Entry> = (start: PageStart<EntryPlace> | null) => Promise<EntryPage<Entry>>

/** Reads the page at the cursor, or the first page without one. */
export async function readEntries<Entry>(
  cursor: Cursor<EntryPlace> | null,
  placeOf: (entry: Entry) => EntryPlace,
  readPage: ReadPage<Entry>,
): Promise<EntryList<Entry>> {
  const { entries, hasMore } = await readPage(cursor)
  // No entry is newer: starts at the newest one, so that the page is full.
  if (cursor?.direction === 'newer' && !hasMore) return readEntries(null, placeOf, readPage)
  const [first, last] = [entries.at(0), entries.at(-1)]
  const range = rangeOf({
    cursor,
    offset: 0,
    count: entries.length,
    hasMore,
    newest: first === undefined ? null : placeOf(first),
    oldest: last === undefined ? null : placeOf(last),
  })
  return { entries, range }
}
