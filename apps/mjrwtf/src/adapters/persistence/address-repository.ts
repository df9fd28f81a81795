import { sql } from 'kysely'
import type {
  AddressChangeLink,
  AddressRepository,
  CancelledChange,
  ConfirmedAddress,
  NewAddressChange,
} from '../../application/ports/address-repository.ts'
import { emailKey } from '../../domain/email.ts'
import type { Instant } from '../../domain/time.ts'
import { ask, askUnlessTaken, type Database } from './database.ts'
import { toInstant } from './tables.ts'

/**
 * Keeps changes of address. As mailed tokens, they hold the `credentials_version` of their user: confirming and
 * calling off both count it up in the user's row, so of the two at once one finds that it is over.
 */
export function createAddressRepository(database: Database): AddressRepository {
  const { kysely, dialect } = database

  /** Condition that a change, joined as `c`, still waits. */
  function waits(now: Instant) {
    return sql`c.user_id = users.id AND c.expires_at > ${dialect.at(now)}
      AND c.credentials_version = users.credentials_version`
  }

  async function confirm(hash: string, now: Instant): Promise<ConfirmedAddress> {
    const query = sql<{ readonly id: string; readonly email: string }>`
      UPDATE users SET
        email = c.new_email,
        email_key = c.new_email_key,
        email_verified_at = ${dialect.at(now)},
        credentials_version = users.credentials_version + 1
      FROM address_changes AS c
      WHERE c.confirm_hash = ${hash} AND ${waits(now)}
      RETURNING id, email`
    const changed = await askUnlessTaken(query.execute(kysely))
    if (changed === 'taken') return { status: 'taken' }
    const [row] = changed.rows
    if (row === undefined) return { status: 'gone' }
    return { status: 'changed', userId: row.id, email: row.email }
  }

  return {
    async standing(userId, now) {
      const query = kysely
        .selectFrom('users')
        .leftJoin('address_changes as c', (join) =>
          join
            .onRef('c.user_id', '=', 'users.id')
            .onRef('c.credentials_version', '=', 'users.credentials_version')
            .on('c.expires_at', '>', dialect.stamp(now)),
        )
        .select(['users.email_verified_at', 'c.new_email', 'c.expires_at'])
        .where('users.id', '=', userId)
      const row = await ask(query.executeTakeFirst())
      const verifiedAt = row?.email_verified_at ?? null
      const newEmail = row?.new_email ?? null
      const expiresAt = toInstant(row?.expires_at ?? 0)
      return {
        verifiedAt: verifiedAt === null ? null : toInstant(verifiedAt),
        pending: newEmail === null ? null : { newEmail, expiresAt },
      }
    },
    async askChange(change) {
      await ask(askQuery(database, change).execute(kysely))
    },
    async findLink(hash, now) {
      const query = sql<AddressChangeLink>`
        SELECT users.id AS "userId", users.email, c.new_email AS "newEmail",
          CASE WHEN c.confirm_hash = ${hash} THEN 'confirm-change' ELSE 'cancel-change' END AS act
        FROM address_changes AS c, users
        WHERE (c.confirm_hash = ${hash} OR c.cancel_hash = ${hash}) AND ${waits(now)}`
      return (await ask(query.execute(kysely))).rows[0] ?? null
    },
    confirmChange: confirm,
    async cancelChange(which, now) {
      const query = sql<{ readonly id: string }>`
        UPDATE users SET credentials_version = users.credentials_version + 1
        FROM address_changes AS c
        WHERE ${named(which)} AND ${waits(now)}
        RETURNING id`
      return (await ask(query.execute(kysely))).rows[0]?.id ?? null
    },
    async purge(now) {
      const query = sql`DELETE FROM address_changes WHERE expires_at <= ${dialect.at(now)}
        OR credentials_version <> (SELECT users.credentials_version FROM users
          WHERE users.id = address_changes.user_id)`
      await ask(query.execute(kysely))
    },
  }
}

function named(which: CancelledChange) {
  if ('cancelHash' in which) return sql`c.cancel_hash = ${which.cancelHash}`
  return sql`c.user_id = ${which.userId}`
}

/** The primary key is the user: of two at once one is kept. */
function askQuery({ dialect }: Database, change: NewAddressChange) {
  const { userId, newEmail, confirmHash, cancelHash, createdAt, expiresAt } = change
  return sql`
    INSERT INTO address_changes (user_id, new_email, new_email_key, confirm_hash, cancel_hash,
      credentials_version, created_at, expires_at)
    SELECT id, ${newEmail}, ${emailKey(newEmail)}, ${confirmHash}, ${cancelHash},
      credentials_version, ${dialect.at(createdAt)}, ${dialect.at(expiresAt)}
    FROM users WHERE id = ${userId}
    ${dialect.keep('users')} ON CONFLICT (user_id) DO UPDATE SET
      new_email = excluded.new_email,
      new_email_key = excluded.new_email_key,
      confirm_hash = excluded.confirm_hash,
      cancel_hash = excluded.cancel_hash,
      credentials_version = excluded.credentials_version,
      created_at = excluded.created_at,
      expires_at = excluded.expires_at`
}
