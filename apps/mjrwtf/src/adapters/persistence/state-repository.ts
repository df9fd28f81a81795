import { sql } from 'kysely'
import type { StateRepository } from '../../application/ports/state-repository.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'

export function createStateRepository(database: Database): StateRepository {
  const { kysely, dialect } = database
  return {
    async use({ hash, expiresAt }) {
      const query = kysely
        .insertInto('used_states')
        .values({ state_hash: hash, expires_at: dialect.timestamp(expiresAt) })
        .onConflict((conflict) => conflict.doNothing())
        .returning('state_hash')
      return (await run(query.execute())).length === 1
    },
    purgeBatch(until) {
      const rows = sql`
        SELECT state_hash FROM used_states WHERE expires_at <= ${dialect.timestampSql(until)}`
      return purgeBatch(database, { table: 'used_states', keyColumns: ['state_hash'], rows })
    },
  }
}
