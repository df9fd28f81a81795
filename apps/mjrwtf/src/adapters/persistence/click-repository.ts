import { type RawBuilder, sql } from 'kysely'
import type {
  Between,
  ClickCount,
  ClickOrigins,
  ClickRepository,
  TimeRange,
} from '../../application/ports/click-repository.ts'
import type { LinkId } from '../../domain/link.ts'
import { ask, type Database } from './database.ts'
import { type Stamp, toInstant } from './tables.ts'

interface CountRow {
  readonly key: string | null
  readonly clicks: number | string
}

/** How many referrers or the like are told apart; a visitor can make up any number of them. */
const mostGroups = 50

const nothing = { clicks: [], byReferrer: [], byCountry: [], byAgent: [] } as const

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

  async function countOrigins(where: RawBuilder<unknown>): Promise<ClickOrigins> {
    const most = sql`2 DESC, 1 LIMIT ${sql.lit(mostGroups)}`
    const [byReferrer, byCountry, byAgent] = await Promise.all([
      countBy(sql.ref('referrer_host'), where, most),
      countBy(sql.ref('country'), where, most),
      countBy(sql.ref('agent'), where, most),
    ])
    return { byReferrer, byCountry, byAgent }
  }

  async function countEach(linkId: LinkId, spans: readonly Between[]): Promise<readonly number[]> {
    // A subquery, not a join: each span is one look into the index on either database.
    const query = sql<{ readonly clicks: number | string }>`
      SELECT (
        SELECT count(*) FROM clicks
        WHERE link_id = ${linkId} AND at >= given.starts_at AND at < given.ends_at
      ) AS clicks
      FROM ${dialect.spansTable(spans)} ORDER BY given.starts_at`
    const { rows } = await ask(query.execute(kysely))
    return rows.map(({ clicks }) => Number(clicks))
  }

  return {
    async add(clicks) {
      if (clicks.length === 0) return
      // The join leaves out clicks on links that are gone: one of them must not cost the batch.
      const query = sql`
        INSERT INTO clicks (id, link_id, at, referrer_host, country, agent)
        SELECT given.id, given.link_id, given.at, given.referrer_host, given.country, given.agent
        FROM ${dialect.clicksTable(clicks)} JOIN links ON links.id = given.link_id WHERE true
        ${dialect.keep('links')} ON CONFLICT DO NOTHING`
      await ask(query.execute(kysely))
    },
    async analyse(linkId, range) {
      const where = within(database, linkId, range)
      const [days, origins] = await Promise.all([
        countBy(dialect.utcDay(sql.ref('at')), where, sql`1`),
        countOrigins(where),
      ])
      const byDate = days.map(({ key, clicks }) => ({ key: key ?? '', clicks }))
      const totalClicks = byDate.reduce((sum, { clicks }) => sum + clicks, 0)
      return { totalClicks, byDate, ...origins }
    },
    async countWithin(linkId, spans) {
      const [start, end] = [spans.at(0)?.start, spans.at(-1)?.end]
      if (start === undefined || end === undefined) return nothing
      const [clicks, origins] = await Promise.all([
        countEach(linkId, spans),
        countOrigins(within(database, linkId, { start, end })),
      ])
      return { clicks, ...origins }
    },
    async extent(linkId) {
      // Two questions, because SQLite answers only a single min or max from the end of an index.
      const query = sql<{ readonly first: Stamp | null; readonly last: Stamp | null }>`SELECT
        (SELECT min(at) FROM clicks WHERE link_id = ${linkId}) AS first,
        (SELECT max(at) FROM clicks WHERE link_id = ${linkId}) AS last`
      const { first = null, last = null } = (await ask(query.execute(kysely))).rows[0] ?? {}
      return first === null || last === null
        ? null
        : { first: toInstant(first), last: toInstant(last) }
    },
  }
}

function within({ dialect }: Database, linkId: LinkId, { start, end }: TimeRange) {
  const conditions = [sql`link_id = ${linkId}`]
  if (start !== null) conditions.push(sql`at >= ${dialect.at(start)}`)
  if (end !== null) conditions.push(sql`at < ${dialect.at(end)}`)
  return sql.join(conditions, sql` AND `)
}
