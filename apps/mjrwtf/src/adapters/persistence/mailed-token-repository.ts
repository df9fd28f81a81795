import { sql } from 'kysely'
import type {
  MailedTokenRepository,
  NewMailedToken,
  PresentedToken,
  TokenOwner,
} from '../../application/ports/mailed-token-repository.ts'
import { emailKey } from '../../domain/email.ts'
import { mostLiveTokens, type TokenPurpose } from '../../domain/mailed-token.ts'
import { ask, type Database } from './database.ts'

/**
 * Keeps mailed tokens. A token holds the `credentials_version` of its user, which every change of password or
 * address counts up. So what spends a token also makes it one of the past: of two at once the second finds, under
 * the lock of the user's row, that its version is over.
 */
export function createMailedTokenRepository(database: Database): MailedTokenRepository {
  const { kysely, dialect } = database

  /** Condition that a token, joined as `t`, is live and the user's. An address is verified once. */
  function isLive({ hash, now }: PresentedToken, purpose: TokenPurpose) {
    return sql`t.token_hash = ${hash} AND t.purpose = ${purpose}
      AND t.expires_at > ${dialect.at(now)} AND t.user_id = users.id
      AND t.credentials_version = users.credentials_version
      AND (t.purpose <> 'verify-address' OR users.email_verified_at IS NULL)`
  }

  async function owner(query: ReturnType<typeof sql<Row>>): Promise<TokenOwner | null> {
    const [row] = (await ask(query.execute(kysely))).rows
    return row === undefined ? null : { userId: row.id, email: row.email }
  }

  /** After the token was added, so that of several at once the last one to come here leaves no more than allowed. */
  async function keepNewest(userId: string, purpose: TokenPurpose): Promise<void> {
    const own = sql`user_id = ${userId} AND purpose = ${purpose}`
    const query = sql`DELETE FROM mailed_tokens WHERE ${own} AND token_hash NOT IN (
      SELECT token_hash FROM mailed_tokens WHERE ${own}
      ORDER BY created_at DESC, token_hash LIMIT ${mostLiveTokens})`
    await ask(query.execute(kysely))
  }

  return {
    async add(token) {
      const added = await owner(addQuery(database, token))
      if (added !== null) await keepNewest(added.userId, token.purpose)
      return added
    },
    find(token) {
      return owner(sql`
        SELECT users.id, users.email FROM mailed_tokens AS t, users
        WHERE ${isLive(token, token.purpose)}`)
    },
    resetPassword(token) {
      return owner(sql`
        UPDATE users SET
          password_hash = ${token.to},
          password_version = users.password_version + 1,
          password_changed_in = NULL,
          credentials_version = users.credentials_version + 1,
          email_verified_at = coalesce(users.email_verified_at, ${dialect.at(token.now)})
        FROM mailed_tokens AS t
        WHERE ${isLive(token, 'reset-password')}
        RETURNING id, email`)
    },
    verifyAddress(token) {
      return owner(sql`
        UPDATE users SET email_verified_at = ${dialect.at(token.now)}
        FROM mailed_tokens AS t
        WHERE ${isLive(token, 'verify-address')}
        RETURNING id, email`)
    },
    async purge(now) {
      const query = sql`DELETE FROM mailed_tokens WHERE expires_at <= ${dialect.at(now)}
        OR credentials_version <> (SELECT users.credentials_version FROM users
          WHERE users.id = mailed_tokens.user_id)`
      await ask(query.execute(kysely))
    },
  }
}

interface Row {
  readonly id: string
  readonly email: string
}

/** Reads the account and adds its token in one statement, so that the two cannot come from different moments. */
function addQuery({ dialect }: Database, { hash, purpose, email, ...times }: NewMailedToken) {
  const { createdAt, expiresAt } = times
  const isWanted = purpose === 'verify-address' ? sql`email_verified_at IS NULL` : sql`true`
  return sql<Row>`
    INSERT INTO mailed_tokens
      (token_hash, purpose, user_id, credentials_version, created_at, expires_at)
    SELECT ${hash}, ${purpose}, id, credentials_version,
      ${dialect.at(createdAt)}, ${dialect.at(expiresAt)}
    FROM users WHERE email_key = ${emailKey(email)} AND ${isWanted}
    ${dialect.keep('users')} RETURNING user_id AS id, (SELECT email FROM users WHERE id = mailed_tokens.user_id) AS email`
}
