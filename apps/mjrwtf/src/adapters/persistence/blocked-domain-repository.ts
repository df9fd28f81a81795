import { sql } from 'kysely'
import type { BlockedDomainRepository } from '../../application/ports/blocked-domain-repository.ts'
import { maxBlockedDomains } from '../../domain/blocked-domain.ts'
import { readTakeDownReason } from '../../domain/take-down.ts'
import { type Database, run } from './database.ts'
import { behind, newestFirst, sortOrder } from './entry-list.ts'
import { toInstant } from './tables.ts'

export function createBlockedDomainRepository(database: Database): BlockedDomainRepository {
  const { kysely, dialect } = database
  const domains = kysely.selectFrom('blocked_domains')

  return {
    async version() {
      const query = domains.select([
        sql<number | string>`count(*)`.as('count'),
        sql<unknown>`max(blocked_at)`.as('newest'),
        sql<unknown>`min(domain)`.as('first'),
        sql<unknown>`max(domain)`.as('last'),
      ])
      return JSON.stringify(await run(query.executeTakeFirst()))
    },
    async all() {
      return (await run(domains.select('domain').execute())).map(({ domain }) => domain)
    },
    async list({ start, limit }) {
      const order = sortOrder(start)
      const [condition = sql<boolean>`true`] = behind(dialect, start, 'blocked_at')
      const named = domains.select(['domain as id', 'reason', 'blocked_at'])
      const query = kysely
        .selectFrom(named.as('named'))
        .selectAll()
        .where(condition)
        .orderBy('blocked_at', order)
        .orderBy('id', order)
        .limit(limit + 1)
      const rows = await run(query.execute())
      const page = newestFirst(start, rows.slice(0, limit)).map((row) => ({
        domain: row.id,
        reason: readTakeDownReason(row.reason),
        blockedAt: toInstant(row.blocked_at),
      }))
      return { domains: page, hasMore: rows.length > limit }
    },
    async add({ domain, reason, blockedAt }) {
      const query = sql<{ readonly domain: string }>`
        INSERT INTO blocked_domains (domain, reason, blocked_at)
        SELECT ${domain}, ${reason}, ${dialect.timestampSql(blockedAt)}
        WHERE (SELECT count(*) FROM blocked_domains) < ${sql.lit(maxBlockedDomains)}
        ON CONFLICT DO NOTHING RETURNING domain`
      if ((await run(query.execute(kysely))).rows.length === 1) return 'added'
      // This read only selects the message.
      const found = await run(domains.select('domain').where('domain', '=', domain).execute())
      return found.length > 0 ? 'exists' : 'full'
    },
    async remove(domain) {
      const query = kysely
        .deleteFrom('blocked_domains')
        .where('domain', '=', domain)
        .returning('domain')
      return (await run(query.execute())).length === 1
    },
  }
}
