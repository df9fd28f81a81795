import { sql } from 'kysely'
import type {
  NewRecoveryCodes,
  RecoveryCodeRepository,
} from '../../application/ports/recovery-code-repository.ts'
import type { UserState } from '../../application/ports/user-repository.ts'
import { type Database, run } from './database.ts'
import { acceptsWaysIn, lockUser } from './lock-user.ts'
import { type Timestamp, toInstant } from './tables.ts'

/** Stores recovery codes. A conditional update marks a code as used, so the database decides races. */
export function createRecoveryCodeRepository(database: Database): RecoveryCodeRepository {
  const { kysely, dialect } = database
  return {
    async status(userId) {
      const query = sql<StatusRow>`
        SELECT max(created_at) AS created_at, max(saved_at) AS saved_at,
          count(*) - count(used_at) AS unused
        FROM recovery_codes WHERE user_id = ${userId}`
      const [row] = (await run(query.execute(kysely))).rows
      const createdAt = row?.created_at ?? null
      return {
        createdAt: createdAt === null ? null : toInstant(createdAt),
        isSaved: (row?.saved_at ?? null) !== null,
        unused: Number(row?.unused ?? 0),
      }
    },
    async replace(codes) {
      const rows = await run(
        database.transact({
          // Without it, two replacements would each delete the old codes and add their own.
          lock: lockUser(database, codes.userId),
          read: userWithFactors(database, codes),
          write: (users) => (users.length === 0 ? [] : replacement(database, codes)),
        }),
      )
      return rows.length === 1
    },
    async use(userId, hash, at) {
      const query = kysely
        .updateTable('recovery_codes')
        .set({ used_at: dialect.timestamp(at) })
        .where('code_hash', '=', hash)
        .where('user_id', '=', userId)
        .where('used_at', 'is', null)
        .returning('code_hash')
      return (await run(query.execute())).length === 1
    },
    async confirmSaved(userId, createdAt, at) {
      const query = kysely
        .updateTable('recovery_codes')
        .set({ saved_at: dialect.timestamp(at) })
        .where('user_id', '=', userId)
        .where('created_at', '=', dialect.timestamp(createdAt))
        .where('saved_at', 'is', null)
      await run(query.execute())
    },
  }
}

interface StatusRow {
  readonly created_at: Timestamp | null
  readonly saved_at: Timestamp | null
  /** PostgreSQL returns a bigint as text. */
  readonly unused: number | string
}

function userWithFactors({ kysely }: Database, user: UserState) {
  return kysely
    .selectFrom('users')
    .select('id')
    .where(acceptsWaysIn(user))
    .where('second_factors', '>', 0)
    .compile()
}

function replacement(
  { kysely, dialect }: Database,
  { userId, hashes, createdAt }: NewRecoveryCodes,
) {
  const rows = hashes.map((hash) => ({
    code_hash: hash,
    user_id: userId,
    created_at: dialect.timestamp(createdAt),
    saved_at: null,
    used_at: null,
  }))
  return [
    kysely.deleteFrom('recovery_codes').where('user_id', '=', userId).compile(),
    kysely.insertInto('recovery_codes').values(rows).compile(),
  ]
}
