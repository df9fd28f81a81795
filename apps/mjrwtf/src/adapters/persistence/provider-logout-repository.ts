import { sql } from 'kysely'
import type { ProviderLogoutRepository } from '../../application/ports/provider-logout-repository.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'

export function createProviderLogoutRepository(database: Database): ProviderLogoutRepository {
  const { kysely, dialect } = database

  return {
    async receive({ tokenKey, issuer, subject, sid, receivedAt }, expiresAt) {
      const query = sql<{ readonly is_completed: number }>`
        INSERT INTO provider_logouts
          (token_key, issuer, subject, sid, received_at, is_completed, expires_at)
        VALUES (${tokenKey}, ${issuer}, ${subject}, ${sid}, ${dialect.timestampSql(receivedAt)}, 0,
          ${dialect.timestampSql(expiresAt)})
        -- Sets the column to itself, so that the stored row is returned.
        ON CONFLICT (token_key) DO UPDATE SET is_completed = provider_logouts.is_completed
        RETURNING is_completed`
      return (await run(query.execute(kysely))).rows[0]?.is_completed === 0
    },
    async complete(tokenKey) {
      const query = kysely
        .updateTable('provider_logouts')
        .set({ is_completed: 1 })
        .where('token_key', '=', tokenKey)
      await run(query.execute())
    },
    async listSessions({ issuer, subject, sid }) {
      const ofIssuer = kysely
        .selectFrom('provider_sessions')
        .select(['user_id', 'session_id'])
        .where('issuer', '=', issuer)
      const ofSid = sid === null ? ofIssuer : ofIssuer.where('sid', '=', sid)
      const query = subject === null ? ofSid : ofSid.where('subject', '=', subject)
      const rows = await run(query.execute())
      return rows.map(({ user_id: userId, session_id: sessionId }) => ({ userId, sessionId }))
    },
    async isLoggedOut({ issuer, subject, sid, startedAt }) {
      const query = kysely
        .selectFrom('provider_logouts')
        .select('token_key')
        .where('issuer', '=', issuer)
        .where('received_at', '>=', dialect.timestamp(startedAt))
        .where((where) => {
          const ofSubject = where.and([where('sid', 'is', null), where('subject', '=', subject)])
          return sid === null ? ofSubject : where.or([ofSubject, where('sid', '=', sid)])
        })
        .limit(1)
      return (await run(query.execute())).length > 0
    },
    purgeBatch(until) {
      const rows = sql`
        SELECT token_key FROM provider_logouts WHERE expires_at <= ${dialect.timestampSql(until)}`
      return purgeBatch(database, { table: 'provider_logouts', keyColumns: ['token_key'], rows })
    },
  }
}
