interface PaginationProps {
  readonly limit: number
  readonly offset: number
  readonly query: string
  /** How many links match on all pages. */
  readonly total: number
  /** How many are on this page. */
  readonly shown: number
}

/** Where this page stands, and the ways to the ones beside it. */
export function Pagination(props: PaginationProps) {
  const { limit, offset, total, shown } = props
  const newer = offset > 0 ? address(props, Math.max(0, offset - limit)) : null
  const older = offset + shown < total ? address(props, offset + limit) : null
  return (
    <nav class="pages" aria-label="Pages">
      <p>
        {offset + 1} to {offset + shown} of {total}
      </p>
      <div>
        {newer !== null && (
          <a class="button second small" href={newer} rel="prev">
            Newer
          </a>
        )}
        {older !== null && (
          <a class="button second small" href={older} rel="next">
            Older
          </a>
        )}
      </div>
    </nav>
  )
}

function address({ limit, query }: PaginationProps, offset: number): string {
  const parameters = new URLSearchParams({ limit: String(limit), offset: String(offset) })
  if (query !== '') parameters.set('q', query)
  return `/dashboard?${parameters}`
}
