import type { LinkCount } from '../../../application/ports/link-list.ts'
import { Pagination, pageUrl } from '../components/pagination.tsx'
import type { LinkList } from './list-links.ts'
import { defaultSort, isFiltered, type ListQuery, selectionFields, sortName } from './list-query.ts'

interface LinkResultsProps {
  readonly list: LinkList
  readonly query: ListQuery
  /** Of the links of the selection. */
  readonly count: LinkCount
}

/** The position in the list of links. */
export function LinkPagination({ list, query, count }: LinkResultsProps) {
  const { range } = list
  const isIncomplete = isListIncomplete({ list, query })
  const labels = labelsOf(query)
  return (
    <>
      {isIncomplete && range.count > 0 && <p class="hint">{incompleteText(query)}</p>}
      <Pagination
        {...selectionOf(query)}
        range={range}
        total={query.query !== '' && count.isMinimum ? null : count.links}
        isMinimum={count.isMinimum}
        newerLabel={labels.newer}
        olderLabel={isIncomplete ? labels.more : labels.older}
      />
    </>
  )
}

/** A page without links. */
export function NoLinksFound({ list, query }: Omit<LinkResultsProps, 'count'>) {
  const { older } = list.range
  if (!isFiltered(query)) return <NoMatch title="No more links" />
  const what =
    query.query === '' ? 'No links match these filters' : `No results for “${query.query}”`
  if (older === null) return <NoMatch title={what} />
  return (
    <div class="empty">
      <h2>{what} yet</h2>
      <p>{incompleteText(query)}</p>
      <a class="button" href={pageUrl(selectionOf(query), older)} rel="next">
        {labelsOf(query).more}
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

function selectionOf(query: ListQuery) {
  return { path: '/dashboard', limit: query.limit, filter: selectionFields(query) }
}

function labelsOf({ sort }: ListQuery) {
  return sortName(sort) === sortName(defaultSort)
    ? { newer: 'Newer', older: 'Older', more: 'Search older links' }
    : { newer: 'Previous', older: 'Next', more: 'Search more links' }
}

/** Whether reading the list has ended before the page was full. */
function isListIncomplete({ list, query }: Omit<LinkResultsProps, 'count'>): boolean {
  const { older, count } = list.range
  return older !== null && count < query.limit
}

/** An index finds three or more characters in many more links at once. */
function incompleteText({ query, sort }: ListQuery): string {
  const which = sortName(sort) === sortName(defaultSort) ? 'Older links' : 'The other links'
  const text = `${which} have not been searched yet.`
  return query !== '' && query.length < 3
    ? `${text} Enter three or more characters to search more links at once.`
    : text
}
