import { type Selectable, sql } from 'kysely'
import type { TrustedBrowserRepository } from '../../application/ports/trusted-browser-repository.ts'
import type { TrustedBrowser } from '../../domain/trusted-browser.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { type Tables, toInstant } from './tables.ts'

/** Triggers of the migration end trust when password or factors change, and delete browsers beyond the limit. */
export function createTrustedBrowserRepository(database: Database): TrustedBrowserRepository {
  const { kysely, dialect } = database
  return {
    async add(browser, { passwordVersion, secondFactors }) {
      const { id, userId, tokenHash, ipAddress, userAgent } = browser
      const instants = [browser.createdAt, browser.lastUsedAt, browser.expiresAt]
      // The lock on the user orders it with changes of password and factors, and with other additions.
      const query = sql`
        INSERT INTO trusted_browsers
          (id, user_id, token_hash, ip_address, user_agent, created_at, last_used_at, expires_at)
        SELECT ${id}, id, ${tokenHash}, ${ipAddress}, ${userAgent},
          ${sql.join(instants.map(dialect.timestampSql))}
        FROM users WHERE id = ${userId} AND password_version = ${passwordVersion}
          AND second_factors = ${secondFactors} AND suspended_at IS NULL ${dialect.lockForUpdate()}
        RETURNING id`
      return (await run(query.execute(kysely))).rows.length === 1
    },
    async use({ userId, id, tokenHash, at, ipAddress, userAgent }) {
      const query = kysely
        .updateTable('trusted_browsers')
        .set({ last_used_at: dialect.timestamp(at), ip_address: ipAddress, user_agent: userAgent })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('token_hash', '=', tokenHash)
        .where('expires_at', '>', dialect.timestamp(at))
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async list(userId, now) {
      const query = kysely
        .selectFrom('trusted_browsers')
        .selectAll()
        .where('user_id', '=', userId)
        .where('expires_at', '>', dialect.timestamp(now))
        .orderBy('last_used_at', 'desc')
        .orderBy('id')
      return (await run(query.execute())).map(toBrowser)
    },
    async end(userId, id) {
      const query = kysely
        .deleteFrom('trusted_browsers')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async endAll(userId, except) {
      const query = kysely
        .deleteFrom('trusted_browsers')
        .where('user_id', '=', userId)
        .where('id', '<>', except ?? '')
        .returning('id')
      return (await run(query.execute())).length
    },
    purgeBatch(now) {
      const rows = sql`
        SELECT id FROM trusted_browsers WHERE expires_at <= ${dialect.timestampSql(now)}`
      return purgeBatch(database, { table: 'trusted_browsers', keyColumns: ['id'], rows })
    },
  }
}

function toBrowser(row: Selectable<Tables['trusted_browsers']>): TrustedBrowser {
  return {
    id: row.id,
    userId: row.user_id,
    ipAddress: row.ip_address,
    userAgent: row.user_agent,
    createdAt: toInstant(row.created_at),
    lastUsedAt: toInstant(row.last_used_at),
    expiresAt: toInstant(row.expires_at),
  }
}
