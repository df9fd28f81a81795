import { type CompiledQuery, type Insertable, type Selectable, sql } from 'kysely'
import type {
  InviteRepository,
  SetUpCodeRepository,
  UserRepository,
  UserWithPasswordHash,
} from '../../application/ports/user-repository.ts'
import { emailKey } from '../../domain/email.ts'
import type { User } from '../../domain/user.ts'
import { type Database, run, runUnlessForeignKeyViolation } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { toPreferences } from './preferences-repository.ts'
import { type Tables, toInstant } from './tables.ts'

/** Stored as hash of a user without a password. No hash is empty. */
const noPassword = ''

/** Stores users. Unique indexes decide races: on a conflict nothing is added. */
export function createUserRepository(database: Database): UserRepository {
  const { kysely } = database
  const users = kysely.selectFrom('users').selectAll()

  async function insert(newUser: UserWithPasswordHash): Promise<boolean> {
    const query = kysely
      .insertInto('users')
      .values(toUserRow(database, newUser))
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
    return (await run(query.execute())).length === 1
  }

  return {
    async hasOperator() {
      const query = kysely.selectFrom('users').select('id').where('is_operator', '=', 1)
      return (await run(query.execute())).length > 0
    },
    async addOperator(newUser) {
      const row = toUserRow(database, { ...newUser, user: { ...newUser.user, isOperator: true } })
      const insertion = kysely.insertInto('users').values(row)
      const found = await run(
        database.transact({
          lock: lockFirstAccount(database),
          read: kysely.selectFrom('users').select('id').where('is_operator', '=', 1).compile(),
          write: (operators) => (operators.length === 0 ? [insertion.compile()] : []),
        }),
      )
      return found.length === 0
    },
    async add(newUser) {
      return (await insert(newUser)) ? 'added' : 'email-unavailable'
    },
    async addInvited(newUser, inviteHash) {
      const insertion = insertInvited(database, newUser, inviteHash).execute(kysely)
      // The invite may be revoked at the same moment.
      const added = await runUnlessForeignKeyViolation(insertion)
      if (added?.rows.length === 1) return 'added'
      // This read only selects the message.
      const key = emailKey(newUser.user.email)
      const existing = await run(users.where('email_key', '=', key).execute())
      return existing.length > 0 ? 'email-unavailable' : 'invite-used'
    },
    async find(id) {
      const query = users.where('id', '=', id).where('suspended_at', 'is', null)
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toUser(row)
    },
    async isSuspended(id) {
      const query = kysely
        .selectFrom('users')
        .select('id')
        .where('id', '=', id)
        .where('suspended_at', 'is not', null)
      return (await run(query.execute())).length > 0
    },
    async findOperator() {
      // Null for an administrator that an older version added.
      const since = sql`coalesce(operator_since, created_at)`
      const query = users.where('is_operator', '=', 1).orderBy(since).orderBy('id').limit(1)
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toUser(row)
    },
    async recordFirstSignIn(id, at) {
      const query = kysely
        .updateTable('users')
        .set({ first_signed_in_at: database.dialect.timestamp(at) })
        .where('id', '=', id)
        .where('first_signed_in_at', 'is', null)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async findByEmail(email) {
      const query = users.where('email_key', '=', emailKey(email))
      const row = await run(query.executeTakeFirst())
      if (row === undefined) return null
      const user = toUser(row)
      const passwordHash = user.hasPassword ? row.password_hash : null
      return { user, passwordHash, isSuspended: row.suspended_at !== null }
    },
    async replacePasswordHash(id, from, to) {
      const query = kysely
        .updateTable('users')
        .set({ password_hash: to })
        .where('id', '=', id)
        .where('password_hash', '=', from)
      await run(query.execute())
    },
    async changePassword({ userId, from, to, sessionId, at }) {
      const query = kysely
        .updateTable('users')
        .set((row) => ({
          password_hash: to,
          password_version: row('password_version', '+', 1),
          password_changed_by_session: sessionId,
          password_changed_at: database.dialect.timestamp(at),
          credentials_version: row('credentials_version', '+', 1),
        }))
        .where('id', '=', userId)
        .where('password_hash', '=', from ?? noPassword)
        .where('suspended_at', 'is', null)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async passwordSetAt(id) {
      const query = kysely
        .selectFrom('users')
        .select(['created_at', 'password_changed_at'])
        .where('id', '=', id)
        .where('password_hash', '<>', noPassword)
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toInstant(row.password_changed_at ?? row.created_at)
    },
  }
}

/** Of two first accounts with different emails, no index refuses one. `null` on SQLite, which has one writer at a time. */
function lockFirstAccount({ kysely, dialect }: Database): CompiledQuery | null {
  if (!dialect.hasLongTransactions) return null
  return sql`SELECT pg_advisory_xact_lock(hashtextextended('mjrwtf:first-account', 0))`.compile(
    kysely,
  )
}

function insertInvited(
  { dialect }: Database,
  { user, passwordHash }: UserWithPasswordHash,
  inviteHash: string,
) {
  const hash = passwordHash ?? noPassword
  const createdAt = dialect.timestampSql(user.createdAt)
  return sql`
    INSERT INTO users
      (id, email, email_key, password_hash, created_at, is_operator, invite_id)
    SELECT ${user.id}, ${user.email}, ${emailKey(user.email)}, ${hash}, ${createdAt}, 0, id
    FROM invites WHERE code_hash = ${inviteHash} AND expires_at > ${createdAt}
    ON CONFLICT DO NOTHING
    RETURNING id`
}

export function toUserRow(
  { dialect }: Database,
  { user, passwordHash }: UserWithPasswordHash,
): Insertable<Tables['users']> {
  return {
    id: user.id,
    email: user.email,
    email_key: emailKey(user.email),
    password_hash: passwordHash ?? noPassword,
    created_at: dialect.timestamp(user.createdAt),
    is_operator: user.isOperator ? 1 : 0,
    operator_since: user.isOperator ? dialect.timestamp(user.createdAt) : null,
    invite_id: null,
    first_signed_in_at: null,
    password_version: user.passwordVersion,
    password_changed_by_session: user.passwordChangedBySession,
    password_resets: user.passwordResets,
    email_verified_at: null,
    credentials_version: 0,
    password_changed_at:
      user.passwordChangedAt === null ? null : dialect.timestamp(user.passwordChangedAt),
    second_factors: 0,
  }
}

/** The user of a row, without the hash of the password. */
export function toUser(row: Selectable<Tables['users']>): User {
  const preferences = toPreferences(row)
  return {
    id: row.id,
    email: row.email,
    createdAt: toInstant(row.created_at),
    isOperator: row.is_operator === 1,
    hasPassword: row.password_hash !== noPassword,
    passwordVersion: row.password_version,
    passwordChangedBySession: row.password_changed_by_session,
    passwordChangedAt: row.password_changed_at === null ? null : toInstant(row.password_changed_at),
    passwordResets: row.password_resets,
    secondFactors: row.second_factors,
    ...(preferences !== null && { preferences }),
  }
}

/** Stores invites. An invite is used once a user references it. */
export function createInviteRepository(database: Database): InviteRepository {
  const { kysely, dialect } = database
  return {
    async add({ id, hash, createdBy, createdAt, expiresAt, email = null }) {
      const row = {
        id,
        email,
        code_hash: hash,
        created_by: createdBy,
        created_at: dialect.timestamp(createdAt),
        expires_at: dialect.timestamp(expiresAt),
      }
      await run(kysely.insertInto('invites').values(row).execute())
    },
    async isUsable(hash, now) {
      const query = kysely
        .selectFrom('invites')
        .leftJoin('users', 'users.invite_id', 'invites.id')
        .select('invites.id')
        .where('invites.code_hash', '=', hash)
        .where('invites.expires_at', '>', dialect.timestamp(now))
        .where('users.id', 'is', null)
      return (await run(query.execute())).length > 0
    },
    async listPending(now, limit) {
      const query = kysely
        .selectFrom('invites')
        .innerJoin('users as creators', 'creators.id', 'invites.created_by')
        .leftJoin('users', 'users.invite_id', 'invites.id')
        .select(['invites.id', 'invites.created_at', 'invites.expires_at', 'invites.email'])
        .select('creators.email as created_by')
        .where('invites.expires_at', '>', dialect.timestamp(now))
        .where('users.id', 'is', null)
        .orderBy('invites.created_at', 'desc')
        .orderBy('invites.id', 'desc')
        .limit(limit)
      const rows = await run(query.execute())
      return rows.map((row) => ({
        id: row.id,
        createdBy: row.created_by,
        createdAt: toInstant(row.created_at),
        expiresAt: toInstant(row.expires_at),
        email: row.email,
      }))
    },
    async revoke(id) {
      const query = kysely
        .deleteFrom('invites')
        .where('id', '=', id)
        .where(sql<boolean>`NOT EXISTS (SELECT 1 FROM users WHERE invite_id = invites.id)`)
        .returning('id')
      // A user who signs up at the same moment references it.
      return ((await runUnlessForeignKeyViolation(query.execute())) ?? []).length === 1
    },
    purgeBatch(now) {
      const rows = sql`SELECT id FROM invites WHERE expires_at <= ${dialect.timestampSql(now)}`
      return purgeBatch(database, { table: 'invites', keyColumns: ['id'], rows })
    },
  }
}

export function createSetUpCodeRepository({ kysely, dialect }: Database): SetUpCodeRepository {
  return {
    async add(hash, expiresAt, now) {
      const expired = kysely
        .deleteFrom('setup_codes')
        .where('expires_at', '<=', dialect.timestamp(now))
      await run(expired.execute())
      const row = { code_hash: hash, expires_at: dialect.timestamp(expiresAt) }
      await run(kysely.insertInto('setup_codes').values(row).execute())
    },
    async has(hash, now) {
      const query = kysely
        .selectFrom('setup_codes')
        .select('code_hash')
        .where('code_hash', '=', hash)
        .where('expires_at', '>', dialect.timestamp(now))
      return (await run(query.execute())).length > 0
    },
    async clear() {
      await run(kysely.deleteFrom('setup_codes').execute())
    },
  }
}
