import type { Paging } from '../responses/paging.ts'

interface PaginationProps {
  /** Of the page. */
  readonly path: string
  readonly paging: Pick<Paging, 'limit' | 'offset'>
  /** What the list is narrowed down by, as query parameters. */
  readonly filter: Readonly<Record<string, string>>
  /** How many there are on all pages. */
  readonly total: number
  /** How many are on this page. */
  readonly count: number
}

/** Where this page stands, and the ways to the ones beside it. */
export function Pagination(props: PaginationProps) {
  const { total, count } = props
  const { limit, offset } = props.paging
  const newer = offset > 0 ? pageUrl(props, Math.max(0, offset - limit)) : null
  const older = offset + count < total ? pageUrl(props, offset + limit) : null
  return (
    <nav class="pages" aria-label="Pages">
      <p>
        {offset + 1} to {offset + count} of {total}
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
