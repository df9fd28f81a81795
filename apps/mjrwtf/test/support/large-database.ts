import { toDayRow } from '../../src/adapters/persistence/click-cells.ts'
import { unknownSource } from '../../src/domain/click.ts'
import type { AddedCell } from '../../src/domain/click-cell.ts'
import { addCells, emptyDay } from '../../src/domain/click-day.ts'

export interface DatabaseSize {
  /** Links of the user. Another one has a tenth as many, but at least 100. */
  readonly links: number
  /** Clicks on all links of the user. Nine tenths are on one of them. */
  readonly clicks: number
  /** Days on which the busy link was clicked, up to today. */
  readonly days: number
  /** Clicks that also have a row. Pages read them only for quarter-hours that a boundary divides. Default 50,000. */
  readonly storedClicks?: number
}

/** A database of the app, accessed independently of it. */
export interface FillableDatabase {
  readonly kind: 'sqlite' | 'postgres'
  query(sql: string): Promise<unknown>
}

export interface LargeDatabase {
  readonly busyCode: string
}

export interface FillRequest extends DatabaseSize {
  readonly userId: string
  /** Start of the short codes. Default `own`. */
  readonly prefix?: string
  readonly now: number
}

/** Adds links and clicks of a user, and links of another one, directly to the database: as the app writes them, but faster. */
export async function fillDatabase(
  { kind, query }: FillableDatabase,
  request: FillRequest,
): Promise<LargeDatabase> {
  const sql = kind === 'sqlite' ? sqliteTimes : postgresTimes
  const { userId, links, clicks, now, prefix: ownPrefix = 'own' } = request
  const [busyLink, otherId] = [`${userId}-1`, `other-than-${userId}`]
  await query(`INSERT INTO users (id, email, email_key, password_hash, created_at, is_operator)
    VALUES ('${otherId}', '${otherId}@example.com', '${otherId}@example.com', '', ${sql.time(now)}, 0)`)
  for (const { owner, prefix, number } of [
    { owner: userId, prefix: ownPrefix, number: links },
    { owner: otherId, prefix: `${ownPrefix}-other`, number: Math.max(100, links / 10) },
  ]) {
    await query(`${count(1, number)} INSERT INTO links (id, short_code, destination, owner_id, created_at)
      SELECT '${owner}-' || n, '${prefix}-' || n,
        'https://www.example.com/articles/' || (n * 7919 % 100003) || '?utm_source=newsletter',
        '${owner}', ${sql.time(`${now} - (${links} - n) * 60000.0`)}
      FROM counted`)
  }
  for (const statement of busyLinkStatements(sql, { ...request, linkId: busyLink })) {
    await query(statement)
  }
  const perLink = Math.ceil((clicks * 0.1) / links)
  const others = `FROM links WHERE owner_id = '${userId}' AND id <> '${busyLink}'`
  await query(`INSERT INTO click_days (link_id, day, clicks, sums, cells)
    SELECT id, ${sql.day(now)}, ${perLink}, ${textOf([firefoxCell(perLink)])} ${others}`)
  await query(`INSERT INTO clicks (id, link_id, at, agent, count)
    SELECT 'click-' || id, id, ${sql.time(now)}, 'Firefox', ${perLink} ${others}`)
  await query(`UPDATE links SET click_count = (
      SELECT coalesce(sum(clicks), 0) FROM click_days WHERE link_id = links.id
    ) WHERE owner_id = '${userId}'`)
  return { busyCode: `${ownPrefix}-1` }
}

/** SQL of an instant in milliseconds as a column, and of its day in UTC. */
interface Times {
  time(milliseconds: number | string): string
  day(milliseconds: number | string): string
}

const sqliteTimes: Times = {
  time: (milliseconds) => `CAST(${milliseconds} AS INTEGER)`,
  day: (milliseconds) => `date((${milliseconds}) / 1000, 'unixepoch')`,
}

const postgresTimes: Times = {
  time: (milliseconds) => `to_timestamp((${milliseconds}) / 1000.0)`,
  day: (milliseconds) =>
    `to_char(to_timestamp((${milliseconds}) / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
}

function firefoxCell(clicks: number): AddedCell {
  return { slot: 40, ...unknownSource, agent: 'Firefox', clicks }
}

/** The columns `sums` and `cells`. */
function textOf(added: readonly AddedCell[]): string {
  const { sums, cells } = toDayRow({ link_id: '', day: '' }, addCells(emptyDay, added))
  return `'${sums}', '${cells}'`
}

/** A table `counted` with the numbers `n`. */
function count(from: number, to: number): string {
  return `WITH RECURSIVE counted(n) AS
    (SELECT ${from} UNION ALL SELECT n + 1 FROM counted WHERE n < ${to})`
}

/** Cells of a day with many clicks: the visitors of a busy link come from many places. */
const maxCellsPerDay = 400

function busyLinkStatements(
  sql: Times,
  { linkId, clicks, days, now, storedClicks = 50_000 }: FillRequest & { readonly linkId: string },
): readonly string[] {
  const busyClicks = clicks * 0.9
  const cellsPerDay = Math.max(1, Math.min(maxCellsPerDay, Math.floor(busyClicks / days)))
  const perCell = Math.ceil(busyClicks / days / cellsPerDay)
  const cells = Array.from({ length: cellsPerDay }, (_, n) => ({
    slot: n % 96,
    referrerHost: `site-${n % 50}.example`,
    country: `C${n % 20}`,
    agent: `Browser ${n % 6}`,
    city: `City ${n % 80}, C${n % 20}`,
    system: `System ${n % 5}`,
    device: n % 3 === 0 ? 'Phone' : 'Desktop',
    isBot: false,
    clicks: perCell,
  }))
  const stored = Math.min(busyClicks, storedClicks)
  return [
    `${count(0, days - 1)} INSERT INTO click_days (link_id, day, clicks, sums, cells)
      SELECT '${linkId}', ${sql.day(`${now} - n * 86400000.0`)}, ${perCell * cellsPerDay},
        ${textOf(cells)} FROM counted`,
    // The first click is as old as the first day.
    `INSERT INTO clicks (id, link_id, at, agent)
      VALUES ('first-${linkId}', '${linkId}', ${sql.time(`${now} - ${days - 1} * 86400000.0`)}, 'Firefox')`,
    // A thousand in a quarter-hour are the most that have rows.
    `${count(1, stored)} INSERT INTO clicks (id, link_id, at, agent)
      SELECT 'busy-${linkId}-' || n, '${linkId}', ${sql.time(`${now} - n * 900.0`)}, 'Firefox' FROM counted`,
  ]
}
