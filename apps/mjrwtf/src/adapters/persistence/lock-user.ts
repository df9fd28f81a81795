import { type CompiledQuery, type RawBuilder, sql } from 'kysely'
import type { UserState } from '../../application/ports/user-repository.ts'
import type { UserId } from '../../domain/user.ts'
import type { Database } from './database.ts'

/**
 * Locks the row of a user, so that what is decided from the user's second factors and recovery codes holds until it is
 * written. `null` on SQLite, which has one writer at a time.
 */
export function lockUser({ kysely, dialect }: Database, userId: UserId): CompiledQuery | null {
  if (!dialect.hasLongTransactions) return null
  return sql`SELECT FROM users WHERE id = ${userId} FOR NO KEY UPDATE`.compile(kysely)
}

/**
 * Condition on the row of the user: it may get another way in. Evaluate it with the row locked. A request that had begun
 * before a reset of the password or before a suspension adds none.
 */
export function acceptsWaysIn({ userId, passwordVersion }: UserState): RawBuilder<boolean> {
  return sql<boolean>`users.id = ${userId} AND users.suspended_at IS NULL
    AND users.password_version = ${passwordVersion}`
}
