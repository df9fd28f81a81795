interface PaginationProps {
  /** Path of the page. */
  readonly path: string
  readonly paging: { readonly limit: number; readonly offset: number }
  /** Query parameters that filter the list. */
  readonly filter: Readonly<Record<string, string>>
  /** Number of items on all pages. */
  readonly total: number
  /** Number of items on this page. */
  readonly count: number
}

/** The position in the list, with links to the pages before and after. */
export function Pagination(props: PaginationProps) {
  const { total, count } = props
  const { limit, offset } = props.paging
  const newer = offset > 0 ? pageUrl(props, Math.max(0, offset - limit)) : null
  const older = offset + count < total ? pageUrl(props, offset + limit) : null
  return (
    <nav class="pages" aria-label="Pages">
      <p>
        {offset + 1}–{offset + count} of {total.toLocaleString('en')}
      </p>
      <div>
        {newer !== null && (
          <a class="button secondary small" href={newer} rel="prev">
            Newer
          </a>
        )}
        {older !== null && (
          <a class="button secondary small" href={older} rel="next">
            Older
          </a>
        )}
      </div>
    </nav>
  )
}

function pageUrl({ path, paging, filter }: PaginationProps, offset: number): string {
  const position = { limit: String(paging.limit), offset: String(offset) }
  return `${path}?${new URLSearchParams({ ...position, ...filter })}`
}
