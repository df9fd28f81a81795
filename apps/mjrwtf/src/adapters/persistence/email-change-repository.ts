import { sql } from 'kysely'
import type {
  CanceledChange,
  ConfirmedEmail,
  EmailChangeLink,
  EmailChangeRepository,
  NewEmailChange,
} from '../../application/ports/email-change-repository.ts'
import { emailKey } from '../../domain/email.ts'
import type { Instant } from '../../domain/time.ts'
import { type Database, run, runUnlessDuplicate } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { toInstant } from './tables.ts'

/**
 * Stores email changes. Like email tokens, they contain the `credentials_version` of their user. Confirming and canceling
 * both increment the version in the user's row, so only one of two concurrent operations succeeds.
 */
export function createEmailChangeRepository(database: Database): EmailChangeRepository {
  const { kysely, dialect } = database

  /** Condition that a change, joined as `c`, is pending. */
  function isPending(now: Instant) {
    return sql`c.user_id = users.id AND c.expires_at > ${dialect.timestampSql(now)}
      AND c.credentials_version = users.credentials_version AND users.suspended_at IS NULL`
  }

  async function confirm(hash: string, now: Instant): Promise<ConfirmedEmail> {
    const query = sql<{ readonly id: string; readonly email: string }>`
      UPDATE users SET
        email = c.new_email,
        email_key = c.new_email_key,
        email_verified_at = ${dialect.timestampSql(now)},
        credentials_version = users.credentials_version + 1
      FROM email_changes AS c
      WHERE c.confirm_hash = ${hash} AND ${isPending(now)}
      RETURNING id, email`
    const updated = await runUnlessDuplicate(query.execute(kysely))
    if (updated === 'duplicate') return { status: 'email-unavailable' }
    const [row] = updated.rows
    if (row === undefined) return { status: 'not-found' }
    return { status: 'changed', userId: row.id, email: row.email }
  }

  return {
    async status(userId, now) {
      const query = kysely
        .selectFrom('users')
        .leftJoin('email_changes as c', (join) =>
          join
            .onRef('c.user_id', '=', 'users.id')
            .onRef('c.credentials_version', '=', 'users.credentials_version')
            .on('c.expires_at', '>', dialect.timestamp(now)),
        )
        .select([
          'users.email_verified_at',
          'users.credentials_version',
          'c.new_email',
          'c.expires_at',
        ])
        .where('users.id', '=', userId)
      const row = await run(query.executeTakeFirst())
      const verifiedAt = row?.email_verified_at ?? null
      const newEmail = row?.new_email ?? null
      const expiresAt = toInstant(row?.expires_at ?? 0)
      return {
        verifiedAt: verifiedAt === null ? null : toInstant(verifiedAt),
        pending: newEmail === null ? null : { newEmail, expiresAt },
        credentialsVersion: row?.credentials_version ?? 0,
      }
    },
    async requestChange(change) {
      await run(requestQuery(database, change).execute(kysely))
    },
    async findLink(hash, now) {
      const query = sql<EmailChangeLink>`
        SELECT users.id AS "userId", users.email, c.new_email AS "newEmail",
          CASE WHEN c.confirm_hash = ${hash} THEN 'confirm-change' ELSE 'cancel-change' END AS purpose
        FROM email_changes AS c, users
        WHERE (c.confirm_hash = ${hash} OR c.cancel_hash = ${hash}) AND ${isPending(now)}`
      return (await run(query.execute(kysely))).rows[0] ?? null
    },
    confirmChange: confirm,
    async cancelChange(target, now) {
      const query = sql<{ readonly id: string }>`
        UPDATE users SET credentials_version = users.credentials_version + 1
        FROM email_changes AS c
        WHERE ${matchesTarget(target)} AND ${isPending(now)}
        RETURNING id`
      return (await run(query.execute(kysely))).rows[0]?.id ?? null
    },
    purgeBatch(now) {
      const expired = sql`expires_at <= ${dialect.timestampSql(now)}`
      const rows = sql`SELECT user_id FROM email_changes WHERE ${expired}`
      return purgeBatch(database, { table: 'email_changes', keyColumns: ['user_id'], rows })
    },
  }
}

function matchesTarget(target: CanceledChange) {
  if ('cancelHash' in target) return sql`c.cancel_hash = ${target.cancelHash}`
  return sql`c.user_id = ${target.userId}`
}

/** The primary key is the user, so one of two concurrent changes remains. */
function requestQuery({ dialect }: Database, change: NewEmailChange) {
  const { userId, newEmail, confirmHash, cancelHash, createdAt, expiresAt } = change
  return sql`
    INSERT INTO email_changes (user_id, new_email, new_email_key, confirm_hash, cancel_hash,
      credentials_version, created_at, expires_at)
    SELECT id, ${newEmail}, ${emailKey(newEmail)}, ${confirmHash}, ${cancelHash},
      credentials_version, ${dialect.timestampSql(createdAt)}, ${dialect.timestampSql(expiresAt)}
    FROM users WHERE id = ${userId} AND suspended_at IS NULL
    ${dialect.lockForShare('users')} ON CONFLICT (user_id) DO UPDATE SET
      new_email = excluded.new_email,
      new_email_key = excluded.new_email_key,
      confirm_hash = excluded.confirm_hash,
      cancel_hash = excluded.cancel_hash,
      credentials_version = excluded.credentials_version,
      created_at = excluded.created_at,
      expires_at = excluded.expires_at`
}
