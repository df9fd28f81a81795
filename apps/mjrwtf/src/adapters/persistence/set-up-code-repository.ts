import type { SetUpCodeRepository } from '../../application/ports/user-repository.ts'
import { type Database, run } from './database.ts'

export function createSetUpCodeRepository({ kysely, dialect }: Database): SetUpCodeRepository {
  return {
    async add(hash, expiresAt, now) {
      const expired = kysely
        .deleteFrom('setup_codes')
        .where('expires_at', '<=', dialect.timestamp(now))
      await run(expired.execute())
      const row = { code_hash: hash, expires_at: dialect.timestamp(expiresAt) }
      await run(kysely.insertInto('setup_codes').values(row).execute())
    },
    async has(hash, now) {
      const query = kysely
        .selectFrom('setup_codes')
        .select('code_hash')
        .where('code_hash', '=', hash)
        .where('expires_at', '>', dialect.timestamp(now))
      return (await run(query.execute())).length > 0
    },
    async clear() {
      await run(kysely.deleteFrom('setup_codes').execute())
    },
  }
}
