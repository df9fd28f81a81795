import { type Selectable, sql } from 'kysely'
import type { SharedTokenRepository } from '../../application/ports/shared-token-repository.ts'
import { maxClientsPerToken, otherClients, type SharedTokenUse } from '../../domain/shared-token.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { type Tables, toInstant } from './tables.ts'

export function createSharedTokenRepository(database: Database): SharedTokenRepository {
  const { kysely, dialect } = database

  /** Concurrent additions may exceed the number of clients by a few. */
  async function addUse(use: SharedTokenUse): Promise<void> {
    const [first, last] = [use.firstUsedAt, use.lastUsedAt].map(dialect.timestampSql)
    const known = sql`SELECT 1 FROM shared_token_uses
      WHERE token_key = ${use.tokenKey} AND client = ${use.client}`
    const count = sql`SELECT count(*) FROM shared_token_uses WHERE token_key = ${use.tokenKey}`
    const query = sql`
      INSERT INTO shared_token_uses (token_key, client, uses, first_used_at, last_used_at)
      SELECT ${use.tokenKey},
        CASE WHEN EXISTS (${known}) OR (${count}) < ${sql.lit(maxClientsPerToken)}
          THEN ${use.client} ELSE ${otherClients} END,
        ${use.uses}, ${first}, ${last}
      WHERE true
      ON CONFLICT (token_key, client) DO UPDATE SET
        uses = shared_token_uses.uses + excluded.uses,
        last_used_at = ${dialect.greatest(
          sql`shared_token_uses.last_used_at`,
          sql`excluded.last_used_at`,
        )}`
    await run(query.execute(kysely))
  }

  return {
    async addUses(uses) {
      for (const use of uses) await addUse(use)
    },
    async list() {
      const query = kysely
        .selectFrom('shared_token_uses')
        .selectAll()
        .orderBy('last_used_at', 'desc')
        .orderBy('token_key')
        .orderBy('client')
      return (await run(query.execute())).map(toUse)
    },
    async startDeprecation(at) {
      const query = kysely
        .insertInto('shared_token_deprecation')
        .values({ id: 1, since: dialect.timestamp(at) })
        // Sets the column to itself, so that the stored row is returned.
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet((row) => ({
            since: row.ref('shared_token_deprecation.since'),
          })),
        )
        .returning('since')
      return toInstant((await run(query.executeTakeFirstOrThrow())).since)
    },
    async endDeprecation() {
      await run(kysely.deleteFrom('shared_token_deprecation').execute())
    },
    purgeBatch(lastUsedBefore) {
      const rows = sql`SELECT token_key, client FROM shared_token_uses
        WHERE last_used_at < ${dialect.timestampSql(lastUsedBefore)}`
      const keyColumns = ['token_key', 'client']
      return purgeBatch(database, { table: 'shared_token_uses', keyColumns, rows })
    },
  }
}

function toUse(row: Selectable<Tables['shared_token_uses']>): SharedTokenUse {
  return {
    tokenKey: row.token_key,
    client: row.client,
    uses: Number(row.uses),
    firstUsedAt: toInstant(row.first_used_at),
    lastUsedAt: toInstant(row.last_used_at),
  }
}
