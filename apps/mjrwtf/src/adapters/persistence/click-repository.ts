import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type {
  ClickOrigins,
  ClickRange,
  ClickRepository,
  TimeRange,
} from '../../application/ports/click-repository.ts'
import { addDays, type CalendarDay, utcDay, utcMidnight } from '../../domain/calendar-day.ts'
import type { Click } from '../../domain/click.ts'
import { type ClickDay, type DaySummary, packCells } from '../../domain/click-day.ts'
import {
  type ClickTally,
  createClickTally,
  type HourAt,
  type TimeSpan,
  topCounts,
} from '../../domain/click-tally.ts'
import type { LinkId } from '../../domain/link.ts'
import type { Instant } from '../../domain/time.ts'
import { createAddClicks } from './add-clicks.ts'
import { decodeCells, decodeSums } from './click-cells.ts'
import { type Database, run } from './database.ts'
import { type Timestamp, toInstant } from './tables.ts'

/** Maximum number of distinct referrers, countries or agents; visitors can invent any number of referrers. */
const maxGroups = 50

/** Days read per statement, because it blocks the process on SQLite. */
const daysPerStatement = 31

export function createClickRepository(database: Database): ClickRepository {
  const { kysely, dialect } = database

  async function readSummaries(linkId: LinkId, range: DayPage): Promise<readonly DaySummary[]> {
    const query = kysely
      .selectFrom('click_days')
      .select(['day', 'sums'])
      .where('link_id', '=', linkId)
      .where('day', '>=', range.from)
      .where('day', '<=', range.to)
      .orderBy('day')
      .limit(daysPerStatement)
    const rows = await run(query.execute())
    return rows.map(({ day, sums }) => ({ day, sums: decodeSums(sums) }))
  }

  async function readDay(linkId: LinkId, day: CalendarDay): Promise<ClickDay> {
    const query = kysely
      .selectFrom('click_days')
      .select('cells')
      .where('link_id', '=', linkId)
      .where('day', '=', day)
    const row = await run(query.executeTakeFirst())
    return { day, cells: row === undefined ? packCells([]) : decodeCells(row.cells) }
  }

  async function readClicks(
    linkId: LinkId,
    spans: readonly TimeSpan[],
  ): Promise<readonly Omit<Click, 'id' | 'linkId'>[]> {
    // SQLite joins in this order only with CROSS JOIN: one search of the index per span.
    const query = sql<OriginRow>`
      SELECT clicks.at, referrer_host, country, agent, city, system, device, is_bot, count
      FROM ${dialect.spansTable(spans)} CROSS JOIN clicks
      WHERE clicks.link_id = ${linkId} AND clicks.at >= input.starts_at
        AND clicks.at < input.ends_at`
    return (await run(query.execute(kysely))).rows.map(toClick)
  }

  /** The days with clicks, in pages. Yields to other requests between them. */
  async function* listDays(linkId: LinkId, { from, to }: DayPage): AsyncIterable<DaySummary> {
    const days = await readSummaries(linkId, { from, to })
    yield* days
    const last = days.at(-1)
    if (last === undefined || days.length < daysPerStatement) return
    await setImmediate()
    yield* listDays(linkId, { from: addDays(last.day, 1), to })
  }

  /** Counts whole days, whole quarter-hours of other days, and single clicks of quarter-hours that a boundary divides. */
  async function tallyClicks(
    linkId: LinkId,
    buckets: readonly TimeSpan[],
    hourAt?: HourAt,
  ): Promise<ClickTally> {
    const tally = createClickTally(buckets, hourAt)
    const [first, last] = [buckets.at(0), buckets.at(-1)]
    if (first === undefined || last === undefined) return tally
    const days = { from: utcDay(first.start), to: utcDay(last.end - 1) }
    const divided = new Map<Instant, TimeSpan>()
    for await (const summary of listDays(linkId, days)) {
      if (tally.addSummary(summary)) continue
      const cells = await readDay(linkId, summary.day)
      for (const span of [...tally.addDay(cells), ...tally.addBots(summary)])
        divided.set(span.start, span)
    }
    if (divided.size > 0) tally.addClicks(await readClicks(linkId, [...divided.values()]))
    return tally
  }

  async function findRange(linkId: LinkId): Promise<ClickRange | null> {
    // Two subqueries, because SQLite uses the index only for a single min or max.
    const query = sql<{
      readonly first: Timestamp | null
      readonly last: Timestamp | null
    }>`SELECT
      (SELECT min(at) FROM clicks WHERE link_id = ${linkId}) AS first,
      (SELECT max(at) FROM clicks WHERE link_id = ${linkId}) AS last`
    const { first = null, last = null } = (await run(query.execute(kysely))).rows[0] ?? {}
    if (first === null || last === null) return null
    return { first: toInstant(first), last: toInstant(last) }
  }

  return {
    range: findRange,
    add: createAddClicks(database),
    async analyze(linkId, range) {
      const days = listUtcDays(range, await findRange(linkId))
      const tally = await tallyClicks(linkId, days)
      const byDate = days
        .map(({ start }, index) => ({ key: utcDay(start), clicks: tally.clicks[index] ?? 0 }))
        .filter(({ clicks }) => clicks > 0)
      const totalClicks = byDate.reduce((sum, { clicks }) => sum + clicks, 0)
      const totalBotClicks = tally.botClicks.reduce((sum, each) => sum + each, 0)
      return { totalClicks, totalBotClicks, byDate, ...toOrigins(tally) }
    },
    async countByBucket(linkId, buckets, hourAt) {
      const tally = await tallyClicks(linkId, buckets, hourAt)
      return { clicks: tally.clicks, botClicks: tally.botClicks, ...toOrigins(tally) }
    },
  }
}

/** Days from `from` to `to`, both inclusive. */
interface DayPage {
  readonly from: CalendarDay
  readonly to: CalendarDay
}

interface OriginRow {
  readonly at: Timestamp
  readonly referrer_host: string | null
  readonly country: string | null
  readonly agent: string | null
  readonly city: string | null
  readonly system: string | null
  readonly device: string | null
  readonly is_bot: number
  readonly count: number
}

function toClick({ at, referrer_host: referrerHost, is_bot, ...rest }: OriginRow) {
  return { ...rest, at: toInstant(at), referrerHost, isBot: is_bot === 1 }
}

/** The days of UTC in the range, from that of the first to that of the last click. */
function listUtcDays(range: TimeRange, clicks: ClickRange | null): readonly TimeSpan[] {
  if (clicks === null) return []
  const firstMidnight = utcMidnight(utcDay(clicks.first))
  const lastMidnight = utcMidnight(addDays(utcDay(clicks.last), 1))
  const start = Math.max(range.start ?? firstMidnight, firstMidnight)
  const end = Math.min(range.end ?? lastMidnight, lastMidnight)
  const days: TimeSpan[] = []
  for (let next = start; next < end; ) {
    const endOfDay = utcMidnight(addDays(utcDay(next), 1))
    days.push({ start: next, end: Math.min(endOfDay, end) })
    next = endOfDay
  }
  return days
}

function toOrigins({ byOrigin, byHour, byBot }: ClickTally): ClickOrigins {
  return {
    byReferrer: topCounts(byOrigin.referrerHost, maxGroups),
    byCountry: topCounts(byOrigin.country, maxGroups),
    byCity: topCounts(byOrigin.city, maxGroups),
    byAgent: topCounts(byOrigin.agent, maxGroups),
    bySystem: topCounts(byOrigin.system, maxGroups),
    byDevice: topCounts(byOrigin.device, maxGroups),
    byHour,
    byBot: topCounts(byBot, maxGroups),
  }
}
