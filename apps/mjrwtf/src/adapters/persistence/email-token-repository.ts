import { sql } from 'kysely'
import type {
  EmailTokenRepository,
  NewEmailToken,
  PresentedToken,
  TokenUser,
} from '../../application/ports/email-token-repository.ts'
import { emailKey, maxActiveTokens, type TokenPurpose } from '../../domain/email.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import { deleteOlder, purgeBatch } from './delete-batch.ts'

/**
 * Stores email tokens. A token contains the `credentials_version` of its user, which every change of password or email
 * increments. So using a token also invalidates it: the second of two concurrent uses finds an outdated version, under
 * the lock of the user's row.
 */
export function createEmailTokenRepository(database: Database): EmailTokenRepository {
  const { kysely, dialect } = database

  /** Condition that a token, joined as `t`, is valid and belongs to the user. An email is verified only once. */
  function isActive({ hash, now }: PresentedToken, purpose: TokenPurpose) {
    return sql`t.token_hash = ${hash} AND t.purpose = ${purpose}
      AND t.expires_at > ${dialect.timestampSql(now)} AND t.user_id = users.id
      AND t.credentials_version = users.credentials_version AND users.suspended_at IS NULL
      AND (t.purpose <> 'verify-email' OR users.email_verified_at IS NULL)`
  }

  /** Sign-ins and changes of passkeys lock them before the user, whose triggers delete passkeys here. */
  function ownerOf({ hash }: Pick<PresentedToken, 'hash'>) {
    return sql<UserId>`(SELECT user_id FROM email_tokens WHERE token_hash = ${hash})`
  }

  async function runForUser(query: ReturnType<typeof sql<Row>>): Promise<TokenUser | null> {
    const [row] = (await run(query.execute(kysely))).rows
    return row === undefined ? null : { userId: row.id, email: row.email }
  }

  async function deleteOlderTokens(userId: string, purpose: TokenPurpose): Promise<void> {
    const condition = sql`user_id = ${userId} AND purpose = ${purpose}`
    const tokens = { table: 'email_tokens', keyColumn: 'token_hash' } as const
    await deleteOlder(database, { ...tokens, condition, keep: maxActiveTokens })
  }

  return {
    async add(token) {
      const added = await runForUser(addQuery(database, token))
      if (added !== null) await deleteOlderTokens(added.userId, token.purpose)
      return added
    },
    find(token) {
      return runForUser(sql`
        SELECT users.id, users.email FROM email_tokens AS t, users
        WHERE ${isActive(token, token.purpose)}`)
    },
    async resetPassword(token) {
      const query = sql<ResetRow>`
        UPDATE users SET
          password_hash = ${token.passwordHash},
          password_version = users.password_version + 1,
          password_changed_by_session = NULL,
          password_changed_at = ${dialect.timestampSql(token.now)},
          password_resets = users.password_resets + 1,
          credentials_version = users.credentials_version + 1,
          email_verified_at = CASE WHEN t.verifies_email = 1
            THEN coalesce(users.email_verified_at, ${dialect.timestampSql(token.now)})
            ELSE users.email_verified_at END,
          planted_before = CASE WHEN t.verifies_email = 1 THEN NULL ELSE users.planted_before END
        FROM email_tokens AS t
        WHERE ${dialect.lockOwned(ownerOf(token))} AND ${isActive(token, 'reset-password')}
        RETURNING id, email, password_version`
      const [row] = (await run(query.execute(kysely))).rows
      if (row === undefined) return null
      return { userId: row.id, email: row.email, passwordVersion: row.password_version }
    },
    verifyEmail(token) {
      const now = dialect.timestampSql(token.now)
      const plantedBefore = token.isSignedIn ? sql`NULL` : now
      return runForUser(sql`
        UPDATE users SET email_verified_at = ${now}, planted_before = ${plantedBefore}
        FROM email_tokens AS t
        WHERE ${isActive(token, 'verify-email')}
        RETURNING id, email`)
    },
    purgeBatch(now) {
      const expired = sql`expires_at <= ${dialect.timestampSql(now)}`
      const rows = sql`SELECT token_hash FROM email_tokens WHERE ${expired}`
      return purgeBatch(database, { table: 'email_tokens', keyColumns: ['token_hash'], rows })
    },
  }
}

interface Row {
  readonly id: string
  readonly email: string
}

interface ResetRow extends Row {
  readonly password_version: number
}

/** Reads the account and inserts its token in one statement, so that the account cannot change in between. */
function addQuery({ dialect }: Database, { hash, purpose, email, ...details }: NewEmailToken) {
  const { createdAt, expiresAt } = details
  const verifiesEmail = details.verifiesEmail ? sql`1` : sql`0`
  const isEligible = purpose === 'verify-email' ? sql`email_verified_at IS NULL` : sql`true`
  return sql<Row>`
    INSERT INTO email_tokens
      (token_hash, purpose, user_id, credentials_version, created_at, expires_at, verifies_email)
    SELECT ${hash}, ${purpose}, id, credentials_version,
      ${dialect.timestampSql(createdAt)}, ${dialect.timestampSql(expiresAt)}, ${verifiesEmail}
    FROM users WHERE email_key = ${emailKey(email)} AND suspended_at IS NULL AND ${isEligible}
    ${dialect.lockForShare('users')} RETURNING user_id AS id, (SELECT email FROM users WHERE id = email_tokens.user_id) AS email`
}
