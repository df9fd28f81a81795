import { type Selectable, sql } from 'kysely'
import type { UnknownCodeRepository } from '../../application/ports/unknown-code-repository.ts'
import { maxUnknownCodes, sumVisits, type UnknownCode } from '../../domain/unknown-code.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { type Tables, toInstant } from './tables.ts'

/** Codes that are kept although others have more visits. */
const newestCodes = 100

/** Codes per statement. */
const codesPerStatement = 100

export function createUnknownCodeRepository(database: Database): UnknownCodeRepository {
  const { kysely, dialect } = database

  async function addSums(sums: readonly UnknownCode[]): Promise<void> {
    const values = sums.map(({ code, visits, firstVisitAt, lastVisitAt }) => ({
      code,
      visits,
      first_visit_at: dialect.timestamp(firstVisitAt),
      last_visit_at: dialect.timestamp(lastVisitAt),
    }))
    const last = dialect.greatest(sql`unknown_codes.last_visit_at`, sql`excluded.last_visit_at`)
    const insert = kysely.insertInto('unknown_codes').values(values)
    await run(
      insert
        .onConflict((conflict) =>
          conflict.column('code').doUpdateSet({
            visits: sql<number>`unknown_codes.visits + excluded.visits`,
            last_visit_at: sql<number>`${last}`,
          }),
        )
        .execute(),
    )
  }

  return {
    async add(visits) {
      // In one order, which prevents deadlocks between processes.
      const sums = sumVisits(visits).toSorted((a, b) => (a.code < b.code ? -1 : 1))
      for (let start = 0; start < sums.length; start += codesPerStatement) {
        await addSums(sums.slice(start, start + codesPerStatement))
      }
      // Without the newest, a code could not become one of the most visited while there are enough of those.
      const beyond = sql`
        DELETE FROM unknown_codes WHERE code NOT IN (
          SELECT code FROM unknown_codes ORDER BY visits DESC, last_visit_at DESC
          LIMIT ${maxUnknownCodes - newestCodes}
        ) AND code NOT IN (
          SELECT code FROM unknown_codes ORDER BY last_visit_at DESC LIMIT ${newestCodes}
        )`
      await run(beyond.execute(kysely))
    },
    async list(limit) {
      const query = kysely
        .selectFrom('unknown_codes')
        .selectAll()
        .orderBy('visits', 'desc')
        .orderBy('last_visit_at', 'desc')
        .limit(limit)
      return (await run(query.execute())).map(toUnknownCode)
    },
    purgeBatch(lastVisitBefore) {
      // At most as many rows as are kept.
      const rows = sql`SELECT code FROM unknown_codes
        WHERE last_visit_at < ${dialect.timestampSql(lastVisitBefore)}`
      return purgeBatch(database, { table: 'unknown_codes', keyColumns: ['code'], rows })
    },
  }
}

function toUnknownCode(row: Selectable<Tables['unknown_codes']>): UnknownCode {
  return {
    code: row.code,
    visits: Number(row.visits),
    firstVisitAt: toInstant(row.first_visit_at),
    lastVisitAt: toInstant(row.last_visit_at),
  }
}
