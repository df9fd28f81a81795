import { type CompiledQuery, sql } from 'kysely'
import type { SuspensionRepository } from '../../application/ports/suspension-repository.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import { lockUser } from './lock-user.ts'
import { type Timestamp, toInstant } from './tables.ts'

/** Suspends users. Every decision is made with the row of the user locked. */
export function createSuspensionRepository(database: Database): SuspensionRepository {
  const { kysely, dialect } = database

  /** Changes the row if `decide` allows it, and deletes what the account could be entered with. */
  async function change(
    userId: UserId,
    isAllowed: (row: UserRow) => boolean,
    values: { readonly suspended_at: Timestamp | null; readonly suspension_reason: string | null },
  ): Promise<UserRow | null> {
    const update = kysely
      .updateTable('users')
      .set((row) => ({ ...values, credentials_version: row('credentials_version', '+', 1) }))
      .where('id', '=', userId)
      .compile()
    const [row] = await run(
      database.transact({
        lock: lockUser(database, userId),
        read: userQuery(database, userId),
        write: ([found]) =>
          found !== undefined && isAllowed(found) ? [update, ...deletions(database, userId)] : [],
      }),
    )
    return row ?? null
  }

  return {
    async suspend({ userId, at, reason }) {
      const values = { suspended_at: dialect.timestamp(at), suspension_reason: reason }
      const found = await change(userId, isInUse, values)
      if (found === null) return 'not-found'
      if (found.is_operator === 1) return 'operator'
      return found.suspended_at === null ? 'suspended' : 'already-suspended'
    },
    async restore({ userId, suspendedAt }) {
      const isSame = ({ suspended_at: at }: UserRow) => at !== null && toInstant(at) === suspendedAt
      const found = await change(userId, isSame, { suspended_at: null, suspension_reason: null })
      return found !== null && isSame(found)
    },
  }
}

interface UserRow {
  readonly is_operator: number
  readonly suspended_at: Timestamp | null
}

function isInUse({ is_operator, suspended_at }: UserRow): boolean {
  return is_operator === 0 && suspended_at === null
}

function userQuery({ kysely }: Database, userId: UserId): CompiledQuery<UserRow> {
  return sql<UserRow>`SELECT is_operator, suspended_at FROM users WHERE id = ${userId}`.compile(
    kysely,
  )
}

/** With the row of the user locked, no other statement adds to these tables for this user. */
function deletions({ kysely }: Database, userId: UserId): readonly CompiledQuery[] {
  const tables = [
    'personal_access_tokens',
    'email_tokens',
    'email_changes',
    'trusted_browsers',
  ] as const
  return tables.map((table) => kysely.deleteFrom(table).where('user_id', '=', userId).compile())
}
