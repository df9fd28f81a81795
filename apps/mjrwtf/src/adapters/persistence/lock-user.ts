import { type CompiledQuery, sql } from 'kysely'
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
