import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { ClickRepository } from '../../application/ports/click-repository.ts'
import { type CalendarDay, utcDay } from '../../domain/calendar-day.ts'
import type { Click } from '../../domain/click.ts'
import { addToDay, clicksOf } from '../../domain/click-day.ts'
import type { LinkId } from '../../domain/link.ts'
import { decodeCells, encodeCells } from './click-cells.ts'
import { type ClickDayRow, type Database, run, runUnlessDuplicate } from './database.ts'

/** Clicks per transaction, so that each is short on SQLite, where it blocks the process. */
const clicksPerTransaction = 200

/** Adds clicks and increases the counts of their links and days in the same transaction. */
export function createAddClicks(database: Database): ClickRepository['add'] {
  const { kysely, dialect } = database

  /** Adds clicks that do not exist. */
  async function addNew(clicks: readonly Click[]): Promise<void> {
    if (clicks.length === 0) return
    const groups = groupByDay(clicks)
    await database.transact({
      lock: dialect.hasLongTransactions ? lockLinks(database, clicks) : null,
      read: readDays(database, groups),
      write: (rows) => writeClicks(database, addToDays(rows, groups)),
    })
  }

  async function addBatch(clicks: readonly Click[]): Promise<void> {
    const result = await runUnlessDuplicate(addNew(clicks))
    if (result !== 'duplicate') return
    // The response to an earlier write of some of the clicks was lost.
    const ids = clicks.map(({ id }) => id)
    const query = kysely.selectFrom('clicks').select('id').where('id', 'in', ids)
    const existing = new Set((await run(query.execute())).map(({ id }) => id))
    await run(addNew(clicks.filter(({ id }) => !existing.has(id))))
  }

  return async function addClicks(clicks) {
    for (let start = 0; start < clicks.length; start += clicksPerTransaction) {
      if (start > 0) await setImmediate()
      await addBatch(clicks.slice(start, start + clicksPerTransaction))
    }
  }
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

interface StoredDay {
  readonly link_id: string
  readonly day: CalendarDay
  /** `null` for the first click of the day. */
  readonly cells: string | null
}

/** Omits deleted links. */
function readDays({ kysely, dialect }: Database, groups: ClickGroups) {
  const keys = [...groups.keys()].map((key) => {
    const [day = '', link_id = ''] = key.split(' ')
    return { link_id, day, clicks: 0, cells: '' }
  })
  return sql<StoredDay>`
    SELECT input.link_id, input.day, click_days.cells
    FROM ${dialect.clickDaysTable(keys)} JOIN links ON links.id = input.link_id
    LEFT JOIN click_days ON click_days.link_id = input.link_id AND click_days.day = input.day`.compile(
    kysely,
  )
}

interface ChangedDay {
  readonly row: ClickDayRow
  /** The clicks that were added. */
  readonly clicks: readonly Click[]
}

function addToDays(rows: readonly StoredDay[], groups: ClickGroups): readonly ChangedDay[] {
  return rows.map(({ link_id, day, cells: stored }) => {
    const clicks = groups.get(groupKey(link_id, day)) ?? []
    const cells = addToDay(stored === null ? [] : decodeCells(stored), clicks)
    return { row: { link_id, day, clicks: clicksOf(cells), cells: encodeCells(cells) }, clicks }
  })
}

function writeClicks(database: Database, days: readonly ChangedDay[]) {
  if (days.length === 0) return []
  const { kysely, dialect } = database
  const added = days.map(({ row, clicks }) => ({
    ...row,
    clicks: clicks.reduce((sum, { count }) => sum + count, 0),
  }))
  return [
    writeDays(
      database,
      days.map(({ row }) => row),
    ),
    sql`INSERT INTO clicks (id, link_id, at, referrer_host, country, agent, count)
      SELECT input.id, input.link_id, input.at, input.referrer_host, input.country, input.agent,
        input.count
      FROM ${dialect.clicksTable(days.flatMap(({ clicks }) => clicks))}`.compile(kysely),
    sql`UPDATE links SET click_count = click_count + added.clicks FROM (
        SELECT link_id, sum(clicks) AS clicks FROM ${dialect.clickDaysTable(added)} GROUP BY link_id
      ) AS added WHERE links.id = added.link_id`.compile(kysely),
  ]
}

/** Inserts or replaces the counts of days. */
export function writeDays({ kysely, dialect }: Database, days: readonly ClickDayRow[]) {
  return sql`INSERT INTO click_days (link_id, day, clicks, cells)
    SELECT link_id, day, clicks, cells FROM ${dialect.clickDaysTable(days)} WHERE true
    ON CONFLICT (link_id, day) DO UPDATE SET clicks = excluded.clicks, cells = excluded.cells`.compile(
    kysely,
  )
}
