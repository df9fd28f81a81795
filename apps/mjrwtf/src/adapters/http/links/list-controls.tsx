import type { LinkState } from '../../../domain/link-state.ts'
import { type ListSelection, selectionFields, sortName, stateNames } from './list-query.ts'

export const stateLabels: Readonly<Record<LinkState, string>> = {
  active: 'Active',
  scheduled: 'Scheduled',
  ended: 'Ended',
  'taken-down': 'Taken down',
  archived: 'Archived',
}

const sortLabels: readonly (readonly [string, string])[] = [
  ['-created', 'Newest first'],
  ['created', 'Oldest first'],
  ['-clicks', 'Most clicks first'],
  ['clicks', 'Fewest clicks first'],
  ['title', 'Title, A to Z'],
  ['-title', 'Title, Z to A'],
]

const allStates: readonly LinkState[] = ['active', 'scheduled', 'ended', 'archived', 'taken-down']

interface ListControlsProps {
  readonly selection: ListSelection
}

/** Search, filters and order of the list: one form, so that each keeps the others. */
export function ListControls({ selection }: ListControlsProps) {
  return (
    <search>
      <form class="list-controls" method="get" action="/dashboard">
        <div class="search">
          <label class="visually-hidden" for="q">
            Search links
          </label>
          <input
            id="q"
            name="q"
            type="search"
            data-shortcut="/"
            value={selection.query}
            placeholder="Search titles, codes, URLs, tags"
          />
          <button class="button secondary" type="submit">
            Search
          </button>
        </div>
        <details class="filters">
          <summary>Filter and sort</summary>
          <Filters selection={selection} />
        </details>
      </form>
      <ActiveFilters selection={selection} />
    </search>
  )
}

function Filters({ selection }: ListControlsProps) {
  const { tag, state, from, to, sort } = selection
  return (
    <div class="filter-fields">
      <div class="field">
        <label for="sort">Sort</label>
        <select id="sort" name="sort">
          {sortLabels.map(([name, label]) => (
            <option value={name} selected={name === sortName(sort)}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="state">State</label>
        <select id="state" name="state">
          <option value="">All but archived</option>
          {allStates.map((each) => (
            <option value={stateNames[each]} selected={each === state}>
              {stateLabels[each]}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="tag">Tag</label>
        <input id="tag" name="tag" type="text" value={tag} autocomplete="off" />
      </div>
      <div class="field">
        <label for="from">Created from</label>
        <input id="from" name="from" type="date" value={from} />
      </div>
      <div class="field">
        <label for="to">Created to</label>
        <input id="to" name="to" type="date" value={to} />
      </div>
      <button class="button secondary" type="submit">
        Apply
      </button>
    </div>
  )
}

/** Each filter with a link to the list without it. */
function ActiveFilters({ selection }: ListControlsProps) {
  const filters = [
    { text: selection.query, label: `“${selection.query}”`, without: { query: '' } },
    { text: selection.tag, label: `Tag ${selection.tag}`, without: { tag: '' } },
    {
      text: selection.state ?? '',
      label: selection.state === null ? '' : stateLabels[selection.state],
      without: { state: null },
    },
    { text: selection.from, label: `From ${selection.from}`, without: { from: '' } },
    { text: selection.to, label: `To ${selection.to}`, without: { to: '' } },
  ].filter(({ text }) => text !== '')
  if (filters.length === 0) return null
  return (
    <ul class="active-filters" aria-label="Active filters">
      {filters.map(({ label, without }) => (
        <li>
          <a href={listUrl({ ...selection, ...without })}>
            <span class="visually-hidden">Remove filter: </span>
            <bdi>{label}</bdi> <span aria-hidden="true">×</span>
          </a>
        </li>
      ))}
      {filters.length > 1 && (
        <li>
          <a href="/dashboard">Remove all</a>
        </li>
      )}
    </ul>
  )
}

export function listUrl(selection: ListSelection): string {
  const fields = new URLSearchParams(selectionFields(selection)).toString()
  return fields === '' ? '/dashboard' : `/dashboard?${fields}`
}
