import { setImmediate } from 'node:timers/promises'
import { type RawBuilder, sql } from 'kysely'
import type { ClickRepository } from '../../application/ports/click-repository.ts'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import { type CalendarDay, utcDay } from '../../domain/calendar-day.ts'
import type { Click } from '../../domain/click.ts'
import { addToDay, emptyDay, unpackCells } from '../../domain/click-day.ts'
import type { LinkId } from '../../domain/link.ts'
import { decodeCells, decodeSums, toDayRow } from './click-cells.ts'
import { type ClickDayRow, type Database, run } from './database.ts'

/** Per transaction, so that each is short on SQLite, where it blocks the process. A day of 1,000 cells takes 0.4 ms. */
const maxClicks = 200
const maxDays = 40

/** Adds clicks and increases the counts of their links and days in the same transaction. */
export function createAddClicks(database: Database): ClickRepository['add'] {
  async function addBatch(clicks: readonly Click[]): Promise<void> {
    const groups = groupByDay(newestCounts(clicks))
    await run(
      database.transact({
        lock: database.dialect.hasLongTransactions ? lockLinks(database, clicks) : null,
        read: readStored(database, groups),
        write: (rows) => writeClicks(database, addToDays(rows, groups)),
      }),
    )
  }

  return async function addClicks(clicks) {
    for (const batch of splitClicks(clicks)) {
      await addBatch(batch)
      await setImmediate()
    }
  }
}

function splitClicks(clicks: readonly Click[]): readonly (readonly Click[])[] {
  const batches: Click[][] = []
  let days = new Set<string>()
  for (const click of clicks) {
    days.add(groupKey(click.linkId, utcDay(click.at)))
    const batch = batches.at(-1)
    if (batch !== undefined && batch.length < maxClicks && days.size <= maxDays) batch.push(click)
    else {
      batches.push([click])
      days = new Set([groupKey(click.linkId, utcDay(click.at))])
    }
  }
  return batches
}

/** Copies of the clicks, because a row that several share may be counted further, and one entry per id. */
function newestCounts(clicks: readonly Click[]): readonly Click[] {
  const newest = new Map<string, Click>()
  for (const click of clicks) {
    if (click.count > (newest.get(click.id)?.count ?? 0)) newest.set(click.id, { ...click })
  }
  return [...newest.values()]
}

/** Clicks by day and link: `2030-06-01 link-id`. */
type ClickGroups = ReadonlyMap<string, readonly Click[]>

function groupByDay(clicks: readonly Click[]): ClickGroups {
  return Map.groupBy(clicks, ({ linkId, at }) => groupKey(linkId, utcDay(at)))
}

function groupKey(linkId: LinkId, day: CalendarDay): string {
  return `${day} ${linkId}`
}

/** Keeps other processes from changing the counts of the links. All lock in the same order, which prevents deadlocks. */
function lockLinks({ kysely }: Database, clicks: readonly Click[]) {
  return kysely
    .selectFrom('links')
    .select('id')
    .where('id', 'in', [...new Set(clicks.map(({ linkId }) => linkId))])
    .orderBy('id')
    .forNoKeyUpdate()
    .compile()
}

/** A day of a link with a new click, or a click whose id exists. */
interface StoredRow {
  readonly link_id: string
  readonly day: CalendarDay
  /** `null` for the first click of the day. */
  readonly cells: string | null
  readonly sums: string | null
  /** `null` for a day. */
  readonly click_id: string | null
  readonly count: number
}

/** Reads the days, without those of deleted links and users, and the counts of clicks that exist. */
function readStored({ kysely, dialect }: Database, groups: ClickGroups) {
  const keys = [...groups.keys()].map((key) => {
    const [day = '', link_id = ''] = key.split(' ')
    return emptyRow(link_id, day)
  })
  const ids = [...groups.values()].flat().map(({ id }) => id)
  return sql<StoredRow>`
    SELECT input.link_id, input.day, click_days.cells, click_days.sums, NULL AS click_id, 0 AS count
    FROM ${dialect.clickDaysTable(keys)} JOIN links ON links.id = input.link_id
    JOIN users ON users.id = links.owner_id
    LEFT JOIN click_days ON click_days.link_id = input.link_id AND click_days.day = input.day
    UNION ALL
    SELECT link_id, '', NULL, NULL, id, count FROM clicks WHERE id IN (${sql.join(ids)})`.compile(
    kysely,
  )
}

function emptyRow(link_id: LinkId, day: CalendarDay): ClickDayRow {
  return { link_id, day, clicks: 0, sums: '', cells: '' }
}

interface ChangedDay {
  readonly linkId: LinkId
  /** `null` if the stored row is corrupt: the link must be counted again. */
  readonly row: ClickDayRow | null
  readonly clicks: readonly Click[]
  readonly hasAdded: boolean
  /** Clicks by which the counts increase, without those of bots. */
  readonly addedCount: number
}

function addToDays(rows: readonly StoredRow[], groups: ClickGroups): readonly ChangedDay[] {
  const counts = new Map(rows.map(({ click_id, count }) => [click_id, count]))
  const days = rows.filter(({ click_id }) => click_id === null)
  return days.map(({ link_id, day, cells, sums }) => {
    const clicks = groups.get(groupKey(link_id, day)) ?? []
    const added = clicks
      .map((click) => ({ ...click, count: click.count - (counts.get(click.id) ?? 0) }))
      .filter(({ count }) => count > 0)
    const row = addToRow({ link_id, day, cells, sums }, added)
    return {
      linkId: link_id,
      row,
      clicks,
      hasAdded: added.length > 0,
      addedCount: added.reduce((sum, { count, isBot }) => (isBot ? sum : sum + count), 0),
    }
  })
}

/** One corrupt row must not keep the clicks of all links from being written. */
function addToRow(
  { link_id, day, cells, sums }: Pick<StoredRow, 'link_id' | 'day' | 'cells' | 'sums'>,
  added: readonly Click[],
): ClickDayRow | null {
  try {
    const stored =
      cells === null || sums === null
        ? emptyDay
        : { cells: unpackCells(decodeCells(cells)), sums: decodeSums(sums) }
    return toDayRow({ link_id, day }, addToDay(stored, added))
  } catch (error) {
    if (error instanceof RepositoryError) return null
    throw error
  }
}

function writeClicks(database: Database, days: readonly ChangedDay[]) {
  const changed = days.filter(({ hasAdded }) => hasAdded)
  if (changed.length === 0) return []
  const { kysely, dialect } = database
  const rows = changed.map(({ row }) => row).filter((row) => row !== null)
  const corrupt = changed.filter(({ row }) => row === null).map(({ linkId }) => linkId)
  const added = changed.map(({ linkId, addedCount }) => ({
    ...emptyRow(linkId, ''),
    clicks: addedCount,
  }))
  return [
    ...(rows.length === 0 ? [] : [writeDays(database, rows)]),
    ...corrupt.map((link_id) =>
      kysely
        .insertInto('pending_recounts')
        .values({ link_id })
        .onConflict((conflict) => conflict.doNothing())
        .compile(),
    ),
    insertClicks(
      database,
      changed.flatMap(({ clicks }) => clicks),
      sql`true`,
    ),
    sql`UPDATE links SET click_count = click_count + added.clicks FROM (
        SELECT link_id, sum(clicks) AS clicks FROM ${dialect.clickDaysTable(added)} GROUP BY link_id
      ) AS added WHERE links.id = added.link_id`.compile(kysely),
  ]
}

function insertClicks(
  { kysely, dialect }: Database,
  clicks: readonly Click[],
  condition: RawBuilder<unknown>,
) {
  return sql`INSERT INTO clicks (id, link_id, at, referrer_host, country, agent, city, system, device,
      is_bot, count)
    SELECT input.id, input.link_id, input.at, input.referrer_host, input.country, input.agent,
      input.city, input.system, input.device, input.is_bot, input.count
    FROM ${dialect.clicksTable(clicks)} WHERE ${condition}
    ON CONFLICT (id) DO UPDATE SET count = ${dialect.greatest(
      sql`clicks.count`,
      sql`excluded.count`,
    )}`.compile(kysely)
}

/**
 * Inserts clicks of links that were inserted in the same transaction with these clicks in their counts: one of each link.
 * Changes nothing if it is repeated.
 */
export function writeFirstClicks(database: Database, clicks: readonly Click[]) {
  if (clicks.length === 0) return []
  const { kysely, dialect } = database
  const days = clicks.map((click) =>
    toDayRow({ link_id: click.linkId, day: utcDay(click.at) }, addToDay(emptyDay, [click])),
  )
  const exists = sql`EXISTS (SELECT 1 FROM links WHERE links.id = input.link_id)`
  return [
    insertClicks(database, clicks, exists),
    sql`INSERT INTO click_days (link_id, day, clicks, sums, cells)
      SELECT link_id, day, clicks, sums, cells FROM ${dialect.clickDaysTable(days)} WHERE ${exists}
      ON CONFLICT (link_id, day) DO NOTHING`.compile(kysely),
  ]
}

/** Inserts or replaces the counts of days. */
export function writeDays({ kysely, dialect }: Database, days: readonly ClickDayRow[]) {
  return sql`INSERT INTO click_days (link_id, day, clicks, sums, cells)
    SELECT link_id, day, clicks, sums, cells FROM ${dialect.clickDaysTable(days)} WHERE true
    ON CONFLICT (link_id, day) DO UPDATE SET
      clicks = excluded.clicks, sums = excluded.sums, cells = excluded.cells`.compile(kysely)
}
