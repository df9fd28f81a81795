import type { Storage } from './storage.ts'

export interface DatabaseSize {
  /** Links of the user; as many belong to others. */
  readonly links: number
  /** Clicks on all links of the user. Nine tenths are on one of them. */
  readonly clicks: number
  /** Days on which the busy link was clicked, up to today. */
  readonly days: number
}

export interface LargeDatabase {
  readonly busyCode: string
}

/** Adds links and clicks of a user, and of another one, directly to a SQLite database: as the app writes them, but faster. */
export async function fillDatabase(
  { query }: Pick<Storage, 'query'>,
  userId: string,
  { links, clicks, days, now }: DatabaseSize & { readonly now: number },
): Promise<LargeDatabase> {
  const otherId = 'another-user'
  await query(`INSERT INTO users (id, email, email_key, password_hash, created_at, is_operator)
    VALUES ('${otherId}', 'other@example.com', 'other@example.com', '', ${now}, 0)`)
  for (const owner of [userId, otherId]) {
    await query(`WITH RECURSIVE counted(n) AS
        (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${links})
      INSERT INTO links (id, short_code, destination, owner_id, created_at)
      SELECT '${owner}-' || n, substr('${owner}', 1, 3) || n,
        'https://www.example.com/articles/' || (n * 7919 % 100003) || '?utm_source=newsletter',
        '${owner}', ${now} - n * 60000
      FROM counted`)
  }
  await addBusyLink({ query }, `${userId}-1`, { clicks: clicks * 0.9, days, now })
  await query(`INSERT INTO click_days (link_id, day, clicks, cells)
    SELECT id, date(${now} / 1000, 'unixepoch'), ${Math.ceil((clicks * 0.1) / links)},
      '{"origins":["Firefox"],"cells":[40,-1,-1,0,${Math.ceil((clicks * 0.1) / links)}]}'
    FROM links WHERE owner_id = '${userId}' AND id <> '${userId}-1'`)
  await query(`INSERT INTO clicks (id, link_id, at, agent, count)
    SELECT 'click-' || id, id, ${now}, 'Firefox', ${Math.ceil((clicks * 0.1) / links)}
    FROM links WHERE owner_id = '${userId}' AND id <> '${userId}-1'`)
  await query(`UPDATE links SET click_count = (
      SELECT coalesce(sum(clicks), 0) FROM click_days WHERE link_id = links.id
    ) WHERE owner_id = '${userId}'`)
  return { busyCode: `${userId.slice(0, 3)}1` }
}

/** A day with 400 cells: a busy link whose visitors come from many places. */
const cellsPerDay = 400

async function addBusyLink(
  { query }: Pick<Storage, 'query'>,
  linkId: string,
  { clicks, days, now }: Omit<DatabaseSize, 'links'> & { readonly now: number },
): Promise<void> {
  const perCell = Math.ceil(clicks / days / cellsPerDay)
  const origins = Array.from({ length: 76 }, (_, n) => `origin-${n}.example`)
  const cells = Array.from({ length: cellsPerDay }, (_, n) => [
    ...[n % 96, n % 50, 50 + (n % 20), 70 + (n % 6)],
    perCell,
  ])
  const text = JSON.stringify({ origins, cells: cells.flat() })
  const countedDays = `WITH RECURSIVE counted(n) AS
    (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < ${days - 1})`
  await query(`${countedDays} INSERT INTO click_days (link_id, day, clicks, cells)
    SELECT '${linkId}', date(${now} / 1000 - n * 86400, 'unixepoch'), ${perCell * cellsPerDay},
      '${text}' FROM counted`)
  await query(`${countedDays} INSERT INTO clicks (id, link_id, at, agent)
    SELECT 'day-' || n, '${linkId}', ${now} - n * 86400000, 'Firefox' FROM counted`)
  // Single clicks are read only for quarter-hours that a boundary divides: a thousand in each is the most.
  await query(`WITH RECURSIVE counted(n) AS
      (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < ${Math.min(clicks, 50_000) - 1})
    INSERT INTO clicks (id, link_id, at, agent) SELECT 'busy-' || n, '${linkId}',
      ${now} - n * 900, 'Firefox' FROM counted`)
}
