import { type RawBuilder, sql } from 'kysely'
import type {
  ClickCount,
  ClickRepository,
  TimeRange,
} from '../../application/ports/click-repository.ts'
import type { LinkId } from '../../domain/link.ts'
import { ask, type Database } from './database.ts'

interface CountRow {
  readonly key: string | null
  readonly clicks: number | string
}

/** How many referrers or the like are told apart; a visitor can make up any number of them. */
const mostGroups = 50

export function createClickRepository(database: Database): ClickRepository {
  const { kysely, dialect } = database

  async function countBy(
    key: RawBuilder<unknown>,
    where: RawBuilder<unknown>,
    order: RawBuilder<unknown>,
  ): Promise<readonly ClickCount<string | null>[]> {
    const query = sql<CountRow>`
      SELECT ${key} AS key, count(*) AS clicks FROM clicks WHERE ${where}
      GROUP BY 1 ORDER BY ${order}`
    const { rows } = await ask(query.execute(kysely))
    return rows.map((row) => ({ key: row.key, clicks: Number(row.clicks) }))
  }

  return {
    async add(clicks) {
      if (clicks.length === 0) return
      // The join leaves out clicks on links that are gone: one of them must not cost the batch.
      const query = sql`
        INSERT INTO clicks (id, link_id, at, referrer_host, country, agent)
        SELECT given.id, given.link_id, given.at, given.referrer_host, given.country, given.agent
        FROM ${dialect.clicksTable(clicks)} JOIN links ON links.id = given.link_id WHERE true
        ON CONFLICT DO NOTHING`
      await ask(query.execute(kysely))
    },
    async analyse(linkId, range) {
      const where = within(database, linkId, range)
      const most = sql`2 DESC, 1 LIMIT ${sql.lit(mostGroups)}`
      const [days, byReferrer, byCountry, byAgent] = await Promise.all([
        countBy(dialect.utcDay(sql.ref('at')), where, sql`1`),
        countBy(sql.ref('referrer_host'), where, most),
        countBy(sql.ref('country'), where, most),
        countBy(sql.ref('agent'), where, most),
      ])
      const byDate = days.map(({ key, clicks }) => ({ key: key ?? '', clicks }))
      const totalClicks = byDate.reduce((sum, { clicks }) => sum + clicks, 0)
      return { totalClicks, byDate, byReferrer, byCountry, byAgent }
    },
  }
}

function within({ dialect }: Database, linkId: LinkId, { start, end }: TimeRange) {
  const conditions = [sql`link_id = ${linkId}`]
  if (start !== null) conditions.push(sql`at >= ${dialect.at(start)}`)
  if (end !== null) conditions.push(sql`at < ${dialect.at(end)}`)
  return sql.join(conditions, sql` AND `)
}
