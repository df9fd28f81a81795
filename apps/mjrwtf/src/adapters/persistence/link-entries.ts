import { type RawBuilder, sql } from 'kysely'
import type {
  LinkFilter,
  LinkPage,
  LinkPlace,
  LinkSortKey,
  ListLinksRequest,
} from '../../application/ports/link-list.ts'
import { type LinkState, linkStates, mainStates } from '../../domain/link-state.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import { type LinkRow, toListedLink } from './link-rows.ts'
import { type Timestamp, toInstant } from './tables.ts'

/** A link in an index of lists. */
export interface LinkEntry {
  readonly place: LinkPlace
  readonly createdAt: Instant
}

interface EntryRow {
  readonly position: number | string
  readonly key: Timestamp | string
  readonly created_at: Timestamp
}

export type EntriesRequest = Pick<ListLinksRequest, 'ownerId' | 'filter' | 'sort' | 'start'>

/** Entries from the start of a part of a list. */
export interface ListPart {
  readonly limit: number
  readonly offset: number
}

/** The states of links that the filter selects. */
export function statesOf({ state }: LinkFilter): readonly LinkState[] {
  if (state === 'any') return linkStates
  return state === null ? mainStates : [state]
}

/** Whether a list is read from its end to its start, in the order of the sort column. */
export function isReadDescending({ sort, start }: Pick<EntriesRequest, 'sort' | 'start'>): boolean {
  return sort.isDescending === (start?.direction !== 'newer')
}

/**
 * Reads entries from the start on, nearest first, from one index for each state. A range of creation applies only to
 * lists that are sorted by it.
 */
export async function readEntries(
  { kysely, dialect }: Database,
  request: EntriesRequest,
  { limit, offset }: ListPart,
): Promise<readonly LinkEntry[]> {
  const { sort, start } = request
  const isByCreation = sort.by === 'created'
  const key = isByCreation ? toTimestampSql(dialect, start?.place.key) : sql`${start?.place.key}`
  const condition = [
    isByCreation ? inRange(dialect, request.filter) : sql``,
    start === null
      ? sql``
      : sql`AND (${columnOf(sort.by)}, position)
      ${sql.raw(isReadDescending(request) ? '<' : '>')} (${key}, ${start.place.position})`,
  ]
  const arms = statesOf(request.filter).map((state) =>
    readState(request, { state, condition: sql.join(condition, sql` `), limit: limit + offset }),
  )
  const query = sql<EntryRow>`
    SELECT position, key, created_at FROM (${sql.join(arms, sql` UNION ALL `)}) AS merged
    ORDER BY ${orderBy(request, sql`key`)} LIMIT ${limit} OFFSET ${offset}`
  return (await run(query.execute(kysely))).rows.map((row) => toEntry(row, sort.by))
}

/** Reads the entries whose links were created in the range of the filter, in no order. */
export async function readRange(
  { kysely, dialect }: Database,
  request: EntriesRequest,
  limit: number,
): Promise<readonly LinkEntry[]> {
  const { ownerId, filter, sort } = request
  const arms = statesOf(filter).map((state) => {
    const condition = inRange(dialect, filter)
    return readState({ ownerId, filter, sort, start: null }, { state, condition, limit: null })
  })
  const query = sql<EntryRow>`
    SELECT * FROM (${sql.join(arms, sql` UNION ALL `)}) AS merged LIMIT ${limit}`
  return (await run(query.execute(kysely))).rows.map((row) => toEntry(row, sort.by))
}

interface StatePart {
  readonly state: LinkState
  readonly condition: RawBuilder<unknown>
  /** `null` for all, in no order. */
  readonly limit: number | null
}

/** One range of one index: the columns of it are the conditions, in their order. */
function readState(request: EntriesRequest, { state, condition, limit }: StatePart) {
  const { ownerId, filter, sort } = request
  const column = columnOf(sort.by)
  const end = limit === null ? sql`` : sql`ORDER BY ${orderBy(request, column)} LIMIT ${limit}`
  return sql`SELECT * FROM (
    SELECT position, ${column} AS key, created_at FROM link_entries
    WHERE owner_id = ${ownerId} AND tag_key = ${filter.tag ?? ''} AND state = ${state} ${condition}
    ${end}) AS entries`
}

function orderBy(request: EntriesRequest, column: RawBuilder<unknown>) {
  const order = sql.raw(isReadDescending(request) ? 'DESC' : 'ASC')
  return sql`${column} ${order}, position ${order}`
}

function columnOf(by: LinkSortKey): RawBuilder<unknown> {
  return sql.ref({ created: 'created_at', clicks: 'clicks', title: 'name' }[by])
}

function inRange(dialect: Database['dialect'], filter: LinkFilter): RawBuilder<unknown> {
  const { createdFrom, createdBefore } = filter
  const from =
    createdFrom === null ? sql`` : sql`AND created_at >= ${dialect.timestampSql(createdFrom)}`
  const before =
    createdBefore === null ? sql`` : sql`AND created_at < ${dialect.timestampSql(createdBefore)}`
  return sql`${from} ${before}`
}

function toTimestampSql(dialect: Database['dialect'], key: number | string | undefined) {
  return dialect.timestampSql(Number(key ?? 0))
}

/** PostgreSQL returns a bigint as text. */
function toEntry(row: EntryRow, by: LinkSortKey): LinkEntry {
  const createdAt = toInstant(row.created_at)
  const position = Number(row.position)
  if (by === 'created') return { place: { key: createdAt, position }, createdAt }
  const key = by === 'clicks' ? Number(row.key) : String(row.key)
  return { place: { key, position }, createdAt }
}

/** A link as it is stored, with its place in a list. */
export interface PlacedRow {
  readonly row: LinkRow
  readonly place: LinkPlace
}

/** The links of the entries in their order, without those that were removed meanwhile. */
export async function readEntryRows(
  { kysely }: Database,
  ownerId: UserId,
  entries: readonly Pick<LinkEntry, 'place'>[],
): Promise<readonly PlacedRow[]> {
  if (entries.length === 0) return []
  const positions = entries.map(({ place }) => place.position)
  const query = kysely
    .selectFrom('links')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('removed_at', 'is', null)
    .where('position', 'in', positions)
  const rows = new Map((await run(query.execute())).map((row) => [Number(row.position), row]))
  return entries.flatMap(({ place }) => {
    const row = rows.get(place.position)
    return row === undefined ? [] : [{ row, place }]
  })
}

/**
 * Creates a page of the links nearest to the start. If there are more than `limit`, the next page starts behind them,
 * otherwise at `end`.
 */
export function toPage(
  { limit, start, now }: Pick<ListLinksRequest, 'limit' | 'start' | 'now'>,
  nearest: readonly PlacedRow[],
  end: LinkPlace | null,
): LinkPage {
  const links = nearest.slice(0, limit).map(({ row, place }) => toListedLink(row, { now, place }))
  const next = nearest.length > limit ? (links.at(-1)?.place ?? null) : end
  return { links: start?.direction === 'newer' ? links.toReversed() : links, next }
}
