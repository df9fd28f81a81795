import { z } from 'zod'
import type {
  LinkFilter,
  LinkPlace,
  LinkSort,
  LinkSortKey,
} from '../../../application/ports/link-list.ts'
import { addDays, parseDay } from '../../../domain/calendar-day.ts'
import type { LinkState } from '../../../domain/link-state.ts'
import { tagKey } from '../../../domain/tag.ts'
import type { TimeZone } from '../../../domain/time-zone.ts'
import { createZoneCalendar } from '../../../domain/zone-calendar.ts'
import type { Cursor } from '../responses/cursor.ts'
import { pagingFields, pagingOrDefault } from '../responses/paging.ts'

// The query parameters of lists of links, in the API and on the dashboard.

/** Names of states in URLs and in the API. */
export const stateNames: Readonly<Record<LinkState, string>> = {
  active: 'active',
  scheduled: 'scheduled',
  ended: 'ended',
  'taken-down': 'taken_down',
  archived: 'archived',
}

const states = new Map<string, LinkState>([
  ['active', 'active'],
  ['scheduled', 'scheduled'],
  ['ended', 'ended'],
  ['taken_down', 'taken-down'],
  ['archived', 'archived'],
])

const sortKeys = ['created', 'clicks', 'title'] as const

/** Names of sorts: a minus sign for descending ones. */
const sorts: ReadonlyMap<string, LinkSort> = new Map(
  sortKeys
    .flatMap((by): readonly LinkSort[] => [
      { by, isDescending: true },
      { by, isDescending: false },
    ])
    .map((sort) => [sortName(sort), sort]),
)

export const defaultSort: LinkSort = { by: 'created', isDescending: true }

export function sortName({ by, isDescending }: LinkSort): string {
  return isDescending ? `-${by}` : by
}

/** What a list shows, besides the position of its page. */
export interface ListSelection {
  /** As typed. Empty for all. */
  readonly query: string
  /** As typed. Empty for links with any tags or none. */
  readonly tag: string
  readonly state: LinkState | null
  /** Days of the user's time zone as `YYYY-MM-DD`, both inclusive. Empty for no limit. */
  readonly from: string
  readonly to: string
  readonly sort: LinkSort
}

export interface ListQuery extends ListSelection {
  readonly limit: number
  readonly offset: number
  readonly cursor: Cursor<LinkPlace> | null
}

/** The days of the selection are those of the zone. */
export function toFilter({ tag, state, from, to }: ListSelection, zone: TimeZone): LinkFilter {
  const [first, last] = [parseDay(from), parseDay(to)]
  const calendar = createZoneCalendar(zone)
  return {
    tag: tag === '' ? null : tagKey(tag),
    state,
    createdFrom: first === null ? null : calendar.startOf(first),
    createdBefore: last === null ? null : calendar.startOf(addDays(last, 1)),
  }
}

const tag = z.string().max(200, 'Use at most 200 characters.').default('')

const state = z
  .string()
  .transform((text, context) => {
    const parsed = states.get(text)
    if (parsed === undefined) context.addIssue(`Use one of: ${[...states.keys()].join(', ')}.`)
    return parsed ?? null
  })
  .nullable()
  .default(null)

const sort = z
  .string()
  .transform((text, context) => {
    const parsed = sorts.get(text)
    if (parsed === undefined) context.addIssue(`Use one of: ${[...sorts.keys()].join(', ')}.`)
    return parsed ?? defaultSort
  })
  .default(defaultSort)

/** The query parameters of the API. Invalid values are rejected. */
export const listQuerySchema = z
  .object({ ...pagingFields, tag, state, sort })
  .refine(({ offset, cursor }) => offset === 0 || cursor === null, {
    path: ['offset'],
    message: 'Use either offset or cursor.',
  })
  .refine(({ cursor, sort: { by } }) => fitsSort(cursor, by), {
    path: ['cursor'],
    message: 'Use the cursor with the sort that it was returned for.',
  })
  .transform(({ q, ...rest }): ListQuery => ({ ...rest, query: q, from: '', to: '' }))

/** The same for a page. Invalid values, for example in an edited URL, fall back to the defaults. */
export function listQueryOrDefault(parameters: Readonly<Record<string, string>>): ListQuery {
  const paging = pagingOrDefault(parameters)
  const selected = sorts.get(parameters.sort ?? '') ?? defaultSort
  return {
    ...paging,
    cursor: fitsSort(paging.cursor, selected.by) ? paging.cursor : null,
    tag: tag.catch('').parse(parameters.tag),
    state: states.get(parameters.state ?? '') ?? null,
    from: parseDay(parameters.from ?? '') ?? '',
    to: parseDay(parameters.to ?? '') ?? '',
    sort: selected,
  }
}

/** Clients can change a cursor: its key must have the type of the sort. */
function fitsSort(cursor: Cursor<LinkPlace> | null, by: LinkSortKey): boolean {
  return cursor === null || (typeof cursor.place.key === 'string') === (by === 'title')
}

/** The parameters of the selection in a URL or as hidden fields, without defaults. */
export function selectionFields(selection: ListSelection): Readonly<Record<string, string>> {
  const fields = {
    q: selection.query,
    tag: selection.tag,
    state: selection.state === null ? '' : stateNames[selection.state],
    from: selection.from,
    to: selection.to,
    sort: sortName(selection.sort),
  }
  const isSet = ([name, value]: readonly [string, string]) =>
    value !== '' && !(name === 'sort' && value === sortName(defaultSort))
  return Object.fromEntries(Object.entries(fields).filter(isSet))
}

/** Whether the list is not that of all links. */
export function isFiltered({
  query,
  tag: ownTag,
  state: ownState,
  from,
  to,
}: ListSelection): boolean {
  return query !== '' || ownTag !== '' || ownState !== null || from !== '' || to !== ''
}
