import { type RawBuilder, sql } from 'kysely'
import type {
  Boundaries,
  ClickCount,
  ClickOrigins,
  ClickRepository,
  TimeRange,
} from '../../application/ports/click-repository.ts'
import type { LinkId } from '../../domain/link.ts'
import { type Database, run } from './database.ts'
import { type Timestamp, toInstant } from './tables.ts'

interface CountRow {
  readonly key: string | null
  readonly clicks: number | string
}

/** Maximum number of distinct referrers, countries or agents; visitors can invent any number of referrers. */
const maxGroups = 50

const noClicks = { clicks: [], byReferrer: [], byCountry: [], byAgent: [] } as const

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
    const { rows } = await run(query.execute(kysely))
    return rows.map((row) => ({ key: row.key, clicks: Number(row.clicks) }))
  }

  async function countOrigins(where: RawBuilder<unknown>): Promise<ClickOrigins> {
    const topGroups = sql`2 DESC, 1 LIMIT ${sql.lit(maxGroups)}`
    const [byReferrer, byCountry, byAgent] = await Promise.all([
      countBy(sql.ref('referrer_host'), where, topGroups),
      countBy(sql.ref('country'), where, topGroups),
      countBy(sql.ref('agent'), where, topGroups),
    ])
    return { byReferrer, byCountry, byAgent }
  }

  async function countEach(
    linkId: LinkId,
    buckets: readonly Boundaries[],
  ): Promise<readonly number[]> {
    // A subquery instead of a join: one index lookup per bucket in both databases.
    const query = sql<{ readonly clicks: number | string }>`
      SELECT (
        SELECT count(*) FROM clicks
        WHERE link_id = ${linkId} AND at >= input.starts_at AND at < input.ends_at
      ) AS clicks
      FROM ${dialect.bucketsTable(buckets)} ORDER BY input.starts_at`
    const { rows } = await run(query.execute(kysely))
    return rows.map(({ clicks }) => Number(clicks))
  }

  return {
    async add(clicks) {
      if (clicks.length === 0) return
      // The join omits clicks on deleted links, which would otherwise fail the batch.
      const query = sql`
        INSERT INTO clicks (id, link_id, at, referrer_host, country, agent)
        SELECT input.id, input.link_id, input.at, input.referrer_host, input.country, input.agent
        FROM ${dialect.clicksTable(clicks)} JOIN links ON links.id = input.link_id WHERE true
        ${dialect.lockForShare('links')} ON CONFLICT DO NOTHING`
      await run(query.execute(kysely))
    },
    async analyze(linkId, range) {
      const where = inRange(database, linkId, range)
      const [days, origins] = await Promise.all([
        countBy(dialect.utcDay(sql.ref('at')), where, sql`1`),
        countOrigins(where),
      ])
      const byDate = days.map(({ key, clicks }) => ({ key: key ?? '', clicks }))
      const totalClicks = byDate.reduce((sum, { clicks }) => sum + clicks, 0)
      return { totalClicks, byDate, ...origins }
    },
    async countByBucket(linkId, buckets) {
      const [start, end] = [buckets.at(0)?.start, buckets.at(-1)?.end]
      if (start === undefined || end === undefined) return noClicks
      const [clicks, origins] = await Promise.all([
        countEach(linkId, buckets),
        countOrigins(inRange(database, linkId, { start, end })),
      ])
      return { clicks, ...origins }
    },
    async range(linkId) {
      // Two subqueries, because SQLite uses the index only for a single min or max.
      const query = sql<{
        readonly first: Timestamp | null
        readonly last: Timestamp | null
      }>`SELECT
        (SELECT min(at) FROM clicks WHERE link_id = ${linkId}) AS first,
        (SELECT max(at) FROM clicks WHERE link_id = ${linkId}) AS last`
      const { first = null, last = null } = (await run(query.execute(kysely))).rows[0] ?? {}
      return first === null || last === null
        ? null
        : { first: toInstant(first), last: toInstant(last) }
    },
  }
}

function inRange({ dialect }: Database, linkId: LinkId, { start, end }: TimeRange) {
  const conditions = [sql`link_id = ${linkId}`]
  if (start !== null) conditions.push(sql`at >= ${dialect.timestampSql(start)}`)
  if (end !== null) conditions.push(sql`at < ${dialect.timestampSql(end)}`)
  return sql.join(conditions, sql` AND `)
}
