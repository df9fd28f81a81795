import { type Selectable, sql } from 'kysely'
import type { ShortDomainRepository } from '../../application/ports/short-domain-repository.ts'
import type { ShortDomain, ShortDomainDetails } from '../../domain/short-domain.ts'
import { type Database, run } from './database.ts'
import { type Tables, toInstant } from './tables.ts'

export function createShortDomainRepository(database: Database): ShortDomainRepository {
  const { kysely, dialect } = database
  return {
    async list() {
      const query = kysely.selectFrom('short_domains').selectAll().orderBy('host')
      return (await run(query.execute())).map(toShortDomain)
    },
    async add(domain, limit) {
      const { host, createdAt, ...details } = domain
      const { root_url, not_found_url, not_found_text } = columnsOf(details)
      const query = sql`
        INSERT INTO short_domains (host, root_url, not_found_url, not_found_text, created_at)
        SELECT ${host}, ${root_url}, ${not_found_url}, ${not_found_text}, ${dialect.timestampSql(createdAt)}
        WHERE (SELECT count(*) FROM short_domains) < ${limit}
        ON CONFLICT (host) DO NOTHING`
      return (await run(query.execute(kysely))).numAffectedRows === 1n
    },
    async change(host, details) {
      const query = kysely
        .updateTable('short_domains')
        .set(columnsOf(details))
        .where('host', '=', host)
        .returning('host')
      return (await run(query.execute())).length === 1
    },
    async remove(host) {
      const query = kysely.deleteFrom('short_domains').where('host', '=', host).returning('host')
      return (await run(query.execute())).length === 1
    },
    async releaseLinksBatch() {
      const query = sql`
        WITH batch AS (
          SELECT id FROM links
          WHERE domain IS NOT NULL AND domain NOT IN (SELECT host FROM short_domains)
          LIMIT ${dialect.deletionBatch} ${dialect.lockForDeletion()}
        )
        UPDATE links SET domain = NULL WHERE id IN (SELECT id FROM batch)`
      const { numAffectedRows = 0n } = await run(query.execute(kysely))
      return Number(numAffectedRows) === dialect.deletionBatch
    },
  }
}

function columnsOf({ rootUrl, notFoundUrl, notFoundText }: ShortDomainDetails) {
  return { root_url: rootUrl, not_found_url: notFoundUrl, not_found_text: notFoundText }
}

function toShortDomain(row: Selectable<Tables['short_domains']>): ShortDomain {
  return {
    host: row.host,
    rootUrl: row.root_url,
    notFoundUrl: row.not_found_url,
    notFoundText: row.not_found_text,
    createdAt: toInstant(row.created_at),
  }
}
