import { Pagination, pageUrl } from '../components/pagination.tsx'
import type { Paging } from '../responses/paging.ts'
import type { LinkList } from './list-links.ts'

interface LinkResultsProps {
  readonly list: LinkList
  readonly paging: Paging
  /** Number of all links of the user. */
  readonly total: number
}

/** The position in the list of links, or in the links that a search found. */
export function LinkPagination({ list, paging, total }: LinkResultsProps) {
  const { range } = list
  const isIncomplete = isSearchIncomplete({ list, paging })
  const isSearch = paging.query !== ''
  const found = range.older === null ? range.index + range.count : null
  return (
    <>
      {isIncomplete && range.count > 0 && <p class="hint">{incompleteText(paging)}</p>}
      <Pagination
        {...searchOf(paging)}
        range={range}
        total={isSearch ? found : total}
        {...(isIncomplete && { olderLabel: 'Search older links' })}
      />
    </>
  )
}

/** A page without links. */
export function NoLinksFound({ list, paging }: Omit<LinkResultsProps, 'total'>) {
  const { query } = paging
  const { older } = list.range
  if (query === '') return <NoMatch title="No more links" />
  if (older === null) return <NoMatch title={`No results for “${query}”`} />
  return (
    <div class="empty">
      <h2>No results for “{query}” yet</h2>
      <p>{incompleteText(paging)}</p>
      <a class="button" href={pageUrl(searchOf(paging), older)} rel="next">
        Search older links
      </a>
    </div>
  )
}

function NoMatch({ title }: { readonly title: string }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <a class="button secondary" href="/dashboard">
        Show all links
      </a>
    </div>
  )
}

function searchOf({ query, limit }: Paging) {
  return { path: '/dashboard', limit, filter: query === '' ? {} : { q: query } }
}

/** Whether the search has ended before the page was full. */
function isSearchIncomplete({ list, paging }: Omit<LinkResultsProps, 'total'>): boolean {
  const { older, count } = list.range
  return paging.query !== '' && older !== null && count < paging.limit
}

/** An index finds three or more characters in many more links at once. */
function incompleteText({ query }: Paging): string {
  return query.length < 3
    ? 'Older links have not been searched yet. Enter three or more characters to search more links at once.'
    : 'Older links have not been searched yet.'
}
