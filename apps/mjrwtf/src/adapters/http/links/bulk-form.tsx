import type { LinkCount } from '../../../application/ports/link-list.ts'
import { CsrfField } from '../components/fields.tsx'
import { type ListQuery, selectionFields } from './list-query.ts'

/** Id of the form that the checkboxes of the list belong to. */
export const bulkFormId = 'bulk'

interface BulkFormProps {
  readonly csrfToken: string
  readonly query: ListQuery
  readonly count: LinkCount
  /** Whether the list has further pages. */
  readonly hasMore: boolean
}

/** Changes the selected links of the page, or all links of the list. */
export function BulkForm({ csrfToken, query, count, hasMore }: BulkFormProps) {
  const isArchive = query.state === 'archived'
  return (
    <form id={bulkFormId} class="bulk" method="post" action="/dashboard/change">
      <CsrfField token={csrfToken} />
      <SelectionFields query={query} />
      <fieldset>
        <legend class="visually-hidden">With selected links</legend>
        <p class="bulk-select">
          <button
            class="button secondary small"
            type="button"
            data-select-all=""
            data-shortcut="a"
            hidden
          >
            Select all on this page
          </button>
          {hasMore && (
            <label class="check">
              <input type="checkbox" name="scope" value="all" />
              All {countText(count)} links of this list
            </label>
          )}
        </p>
        <div class="bulk-actions">
          <BulkButton kind={isArchive ? 'unarchive' : 'archive'} />
          <div class="bulk-tag">
            <label class="visually-hidden" for="bulk-tag">
              Tag to add or remove
            </label>
            <input id="bulk-tag" name="tag" type="text" placeholder="Tag" autocomplete="off" />
            <BulkButton kind="add-tag" />
            <BulkButton kind="remove-tag" />
          </div>
          <BulkButton kind="delete" />
        </div>
      </fieldset>
    </form>
  )
}

const labels = {
  archive: 'Archive',
  unarchive: 'Unarchive',
  'add-tag': 'Add tag',
  'remove-tag': 'Remove tag',
  delete: 'Delete',
} as const

function BulkButton({ kind }: { readonly kind: keyof typeof labels }) {
  const look = kind === 'delete' ? 'danger' : 'secondary'
  return (
    <button class={`button ${look} small`} type="submit" name="action" value={kind}>
      {labels[kind]}
    </button>
  )
}

/** The selection of the list as hidden fields, so that the answer shows it again. */
function SelectionFields({ query }: { readonly query: ListQuery }) {
  return Object.entries(selectionFields(query)).map(([name, value]) => (
    <input type="hidden" name={name === 'tag' ? 'filter_tag' : name} value={value} />
  ))
}

function countText({ links, isMinimum }: LinkCount): string {
  return isMinimum ? '' : links.toLocaleString('en')
}
