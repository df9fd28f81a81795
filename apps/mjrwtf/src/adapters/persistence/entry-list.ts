import { type RawBuilder, sql } from 'kysely'
import type { EntryPlace, PageStart } from '../../application/ports/paging.ts'
import type { Dialect } from './database.ts'

type Start = PageStart<EntryPlace> | null

/** The order in which a page is read from the start. */
export function sortOrder(start: Start): 'asc' | 'desc' {
  return start?.direction === 'newer' ? 'asc' : 'desc'
}

/** The conditions of rows with the columns `id` and `instant` behind the start; none for the newest rows. */
export function behind(
  dialect: Dialect,
  start: Start,
  instant: string,
): readonly RawBuilder<boolean>[] {
  if (start === null) return []
  const { at, id } = start.place
  const comparison = sql.raw(start.direction === 'newer' ? '>' : '<')
  return [
    sql<boolean>`(${sql.ref(instant)}, id) ${comparison} (${dialect.timestampSql(at)}, ${id})`,
  ]
}

export function newestFirst<Row>(start: Start, rows: readonly Row[]): readonly Row[] {
  return start?.direction === 'newer' ? rows.toReversed() : rows
}
