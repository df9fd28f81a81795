/** Entries on a page, unless its URL has another number. */
export const defaultLimit = 20

/** The position of a page in its list, and the cursors of the pages beside it. */
export interface PageRange {
  /** Number of newer entries. */
  readonly index: number
  /** Number of entries on the page. */
  readonly count: number
  /** `null` on the first page. */
  readonly newer: string | null
  /** `null` on the last page. */
  readonly older: string | null
}

interface PaginationProps {
  /** Path of the page. */
  readonly path: string
  readonly limit: number
  /** Query parameters that filter the list. */
  readonly filter: Readonly<Record<string, string>>
  readonly range: PageRange
  /** Number of items on all pages, or `null` if it is unknown. */
  readonly total: number | null
  /** Whether there may be more than `total`. */
  readonly isMinimum?: boolean
  readonly newerLabel?: string
  readonly olderLabel?: string
}

/** The position in the list, with links to the pages before and after. */
export function Pagination(props: PaginationProps) {
  const { newer, older } = props.range
  return (
    <nav class="pages" aria-label="Pages">
      <p>{rangeText(props)}</p>
      <div>
        {newer !== null && (
          <a class="button secondary small" href={pageUrl(props, newer)} rel="prev">
            {props.newerLabel ?? 'Newer'}
          </a>
        )}
        {older !== null && (
          <a class="button secondary small" href={pageUrl(props, older)} rel="next">
            {props.olderLabel ?? 'Older'}
          </a>
        )}
      </div>
    </nav>
  )
}

function rangeText({ range: { index, count }, total, isMinimum }: PaginationProps): string {
  if (count === 0) return ''
  const range = `${(index + 1).toLocaleString('en')}–${(index + count).toLocaleString('en')}`
  // Entries may have been removed since the cursor was created.
  return total === null
    ? range
    : `${range} of ${isMinimum === true ? 'more than ' : ''}${Math.max(total, index + count).toLocaleString('en')}`
}

/** The URL of the page that starts at the cursor. */
export function pageUrl(
  { path, limit, filter }: Pick<PaginationProps, 'path' | 'limit' | 'filter'>,
  cursor: string,
): string {
  const size: Record<string, string> = limit === defaultLimit ? {} : { limit: String(limit) }
  return `${path}?${new URLSearchParams({ ...filter, ...size, cursor })}`
}
