import { sql } from 'kysely'
import type { ProviderSessionRepository } from '../../application/ports/identity-repository.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'

/** Stores which sessions started at a provider. */
export function createProviderSessionRepository(database: Database): ProviderSessionRepository {
  const { kysely, dialect } = database
  return {
    async add({ sessionId, userId, issuer, subject, sid, expiresAt }) {
      // The lock of the identity waits for an unlinking, or makes it wait: it then finds this row.
      const query = sql`
        INSERT INTO provider_sessions (session_id, user_id, issuer, subject, sid, expires_at)
        SELECT ${sessionId}, user_id, issuer, subject, ${sid}, ${dialect.timestampSql(expiresAt)}
        FROM identities
        WHERE issuer = ${issuer} AND subject = ${subject} AND user_id = ${userId}
          AND ${isUserLocked(database, userId)}
        ${dialect.lockForShare('identities')}
        RETURNING session_id`
      return (await run(query.execute(kysely))).rows.length === 1
    },
    async findIssuer(sessionId) {
      const query = kysely
        .selectFrom('provider_sessions')
        .select('issuer')
        .where('session_id', '=', sessionId)
      return (await run(query.executeTakeFirst()))?.issuer ?? null
    },
    async take(userId, { issuer, subject }) {
      const query = kysely
        .deleteFrom('provider_sessions')
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .where('user_id', '=', userId)
        .returning('session_id')
      return (await run(query.execute())).map(({ session_id: id }) => id)
    },
    purgeBatch(until) {
      const expired = sql`expires_at <= ${dialect.timestampSql(until)}`
      const rows = sql`SELECT session_id FROM provider_sessions WHERE ${expired}`
      return purgeBatch(database, {
        table: 'provider_sessions',
        keyColumns: ['session_id'],
        rows,
      })
    },
  }
}

/** Always true. Locks the user before the identity, as a deletion of the user does, so that the two never deadlock. */
function isUserLocked({ dialect }: Database, userId: UserId) {
  if (!dialect.hasLongTransactions) return sql`true`
  return sql`(
    WITH locked AS MATERIALIZED (SELECT id FROM users WHERE id = ${userId} FOR KEY SHARE)
    SELECT count(*) FROM locked
  ) >= 0`
}
