import { sql } from 'kysely'
import type { Recount, RecountResult } from '../../application/ports/recount.ts'
import { addDays, type CalendarDay, utcDay, utcMidnight } from '../../domain/calendar-day.ts'
import type { AddedCell } from '../../domain/click-cell.ts'
import { addCells, emptyDay } from '../../domain/click-day.ts'
import type { LinkId } from '../../domain/link.ts'
import type { UserId } from '../../domain/user.ts'
import { writeDays } from './add-clicks.ts'
import { toDayRow } from './click-cells.ts'
import { type Database, run } from './database.ts'
import { type Timestamp, toInstant } from './tables.ts'
import { createUserDirectory } from './user-directory.ts'

const pageSize = 100

export function createRecount(database: Database): Recount {
  const { kysely } = database
  const userDirectory = createUserDirectory(database)

  async function linkPage(after: LinkId): Promise<readonly LinkId[]> {
    const query = kysely.selectFrom('links').select('id').where('id', '>', after)
    return (await run(query.orderBy('id').limit(pageSize).execute())).map(({ id }) => id)
  }

  async function pendingPage(): Promise<readonly LinkId[]> {
    const query = kysely.selectFrom('pending_recounts').select('link_id').limit(pageSize)
    return (await run(query.execute())).map(({ link_id }) => link_id)
  }

  return {
    async all() {
      const links = await recountEach(linkPage, (id) => recountLink(database, id))
      const users = await recountEach(
        (after) => userDirectory.ids(after === '' ? null : after, pageSize),
        (id) => recountUser(database, id),
      )
      return { links: links.count, corrected: links.corrected + users.corrected }
    },
    async pending() {
      const result = await recountEach(pendingPage, async (id) => {
        const isCorrected = await recountLink(database, id)
        await run(kysely.deleteFrom('pending_recounts').where('link_id', '=', id).execute())
        return isCorrected
      })
      return { links: result.count, corrected: result.corrected }
    },
  }
}

/** Recounts page after page, until one is empty. `recount` returns whether the counts were wrong. */
async function recountEach(
  page: (after: string) => Promise<readonly string[]>,
  recount: (id: string) => Promise<boolean>,
): Promise<{ readonly count: number } & Pick<RecountResult, 'corrected'>> {
  const totals = { count: 0, corrected: 0 }
  for (let ids = await page(''); ids.length > 0; ids = await page(ids.at(-1) ?? '')) {
    for (const id of ids) if (await recount(id)) totals.corrected += 1
    totals.count += ids.length
  }
  return totals
}

/** Returns whether a count was wrong. */
async function recountLink(database: Database, linkId: LinkId): Promise<boolean> {
  let isCorrected = false
  let counted: CalendarDay = ''
  for (;;) {
    if (await removeEmptyDays(database, linkId, counted)) isCorrected = true
    const day = await nextDayWithClicks(database, linkId, counted)
    if (day === null) break
    if (await recountDay(database, linkId, day)) isCorrected = true
    counted = day
  }
  return (await sumDays(database, linkId)) || isCorrected
}

async function nextDayWithClicks(
  database: Database,
  linkId: LinkId,
  after: CalendarDay,
): Promise<CalendarDay | null> {
  const query = database.kysely.executeQuery(nextClickQuery(database, linkId, after))
  return dayOf((await run(query)).rows[0]?.next ?? null)
}

function nextClickQuery({ kysely, dialect }: Database, linkId: LinkId, after: CalendarDay) {
  const from = after === '' ? sql`` : sql`AND at >= ${dialect.timestampSql(startOfNext(after))}`
  return sql<{ readonly next: Timestamp | null }>`
    SELECT min(at) AS next FROM clicks WHERE link_id = ${linkId} ${from}`.compile(kysely)
}

function dayOf(at: Timestamp | null): CalendarDay | null {
  return at === null ? null : utcDay(toInstant(at))
}

function startOfNext(day: CalendarDay): number {
  return utcMidnight(addDays(day, 1))
}

/** Removes counts of days without clicks, from `after` to the next day with clicks. Empty: from the first. */
async function removeEmptyDays(
  database: Database,
  linkId: LinkId,
  after: CalendarDay,
): Promise<boolean> {
  const { kysely } = database
  const later = kysely.selectFrom('click_days').select('day').where('link_id', '=', linkId)
  const before = await run(later.where('day', '>', after).orderBy('day').limit(1).execute())
  const next = await nextDayWithClicks(database, linkId, after)
  if (before.length === 0 || before[0]?.day === next) return false
  await run(
    database.transact({
      // A click that arrives meanwhile waits, so the days to remove have none.
      lock: lockLink(database, linkId),
      read: nextClickQuery(database, linkId, after),
      write: ([row]) => {
        const end = dayOf(row?.next ?? null)
        const days = kysely.deleteFrom('click_days').where('link_id', '=', linkId)
        const empty = days.where('day', '>', after)
        return [end === null ? empty.compile() : empty.where('day', '<', end).compile()]
      },
    }),
  )
  return true
}

/** Groups as PostgreSQL and SQLite return them: a sum may be text. */
interface CellRow {
  readonly slot: number
  readonly referrer_host: string | null
  readonly country: string | null
  readonly agent: string | null
  readonly city: string | null
  readonly system: string | null
  readonly device: string | null
  readonly is_bot: number
  readonly clicks: number | string
}

async function recountDay(database: Database, linkId: LinkId, day: CalendarDay): Promise<boolean> {
  const { kysely, dialect } = database
  const stored = kysely
    .selectFrom('click_days')
    .select('clicks')
    .where('link_id', '=', linkId)
    .where('day', '=', day)
  const before = await run(stored.executeTakeFirst())
  const start = utcMidnight(day)
  await run(
    database.transact({
      lock: lockLink(database, linkId),
      // The most frequent first: they have cells of their own if there are too many.
      read: sql<CellRow>`
        SELECT ${dialect.quarterHoursSince(start, sql.ref('at'))} AS slot, referrer_host, country,
          agent, city, system, device, is_bot, sum(count) AS clicks
        FROM clicks WHERE link_id = ${linkId} AND at >= ${dialect.timestampSql(start)}
          AND at < ${dialect.timestampSql(startOfNext(day))}
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 9 DESC`.compile(kysely),
      write: (rows) => {
        // Another process has deleted the link.
        if (rows.length === 0) return []
        const counts = addCells(emptyDay, rows.map(toCell))
        return [writeDays(database, [toDayRow({ link_id: linkId, day }, counts)])]
      },
    }),
  )
  const after = await run(stored.executeTakeFirst())
  return Number(before?.clicks ?? 0) !== Number(after?.clicks ?? 0)
}

function toCell({ referrer_host: referrerHost, is_bot, clicks, ...rest }: CellRow): AddedCell {
  return { ...rest, referrerHost, isBot: is_bot === 1, clicks: Number(clicks) }
}

function lockLink({ kysely, dialect }: Database, linkId: LinkId) {
  const link = kysely.selectFrom('links').select('id').where('id', '=', linkId)
  return dialect.hasLongTransactions ? link.forNoKeyUpdate().compile() : null
}

/** Sets the count of the link to the sum of its days. Returns whether it was different. */
async function sumDays(database: Database, linkId: LinkId): Promise<boolean> {
  const { kysely } = database
  const link = kysely.selectFrom('links').select('click_count').where('id', '=', linkId)
  const before = await run(link.executeTakeFirst())
  await run(
    database.transact({
      lock: lockLink(database, linkId),
      read: sql<{ readonly clicks: number | string }>`
        SELECT coalesce(sum(clicks), 0) AS clicks FROM click_days WHERE link_id = ${linkId}`.compile(
        kysely,
      ),
      write: ([sum]) => [
        kysely
          .updateTable('links')
          .set({ click_count: Number(sum?.clicks ?? 0) })
          .where('id', '=', linkId)
          .compile(),
      ],
    }),
  )
  const after = await run(link.executeTakeFirst())
  return Number(before?.click_count ?? 0) !== Number(after?.click_count ?? 0)
}

/** Sets the totals of the user to the number of their links and the sum of their clicks. Returns whether they were different. */
async function recountUser(database: Database, ownerId: UserId): Promise<boolean> {
  const { kysely, dialect } = database
  const totals = kysely
    .selectFrom('link_totals')
    .select(['links', 'clicks'])
    .where('owner_id', '=', ownerId)
  const before = await run(totals.executeTakeFirst())
  await run(
    database.transact({
      lock: dialect.hasLongTransactions ? totals.forUpdate().compile() : null,
      read: sql<{ readonly links: number | string; readonly clicks: number | string }>`
        SELECT count(*) AS links, coalesce(sum(click_count), 0) AS clicks FROM links
        WHERE owner_id = ${ownerId} AND removed_at IS NULL`.compile(kysely),
      write: ([sums]) => [
        sql`INSERT INTO link_totals (owner_id, links, clicks)
          SELECT id, ${Number(sums?.links ?? 0)}, ${Number(sums?.clicks ?? 0)}
          FROM users WHERE id = ${ownerId}
          ON CONFLICT (owner_id) DO UPDATE SET links = excluded.links, clicks = excluded.clicks`.compile(
          kysely,
        ),
      ],
    }),
  )
  const after = await run(totals.executeTakeFirst())
  return (
    Number(before?.links ?? 0) !== Number(after?.links ?? 0) ||
    Number(before?.clicks ?? 0) !== Number(after?.clicks ?? 0)
  )
}
