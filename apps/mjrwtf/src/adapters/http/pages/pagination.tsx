import type { Paging } from '../paging.ts'

interface PaginationProps {
  readonly paging: Paging
  /** How many links match on all pages. */
  readonly total: number
  /** How many are on this page. */
  readonly shown: number
}

/** Where this page stands, and the ways to the ones beside it. */
export function Pagination({ paging, total, shown }: PaginationProps) {
  const { limit, offset } = paging
  const newer = offset > 0 ? address(paging, Math.max(0, offset - limit)) : null
  const older = offset + shown < total ? address(paging, offset + limit) : null
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

function address({ limit, query }: Paging, offset: number): string {
  const parameters = new URLSearchParams({ limit: String(limit), offset: String(offset) })
  if (query !== '') parameters.set('q', query)
  return `/dashboard?${parameters}`
}
