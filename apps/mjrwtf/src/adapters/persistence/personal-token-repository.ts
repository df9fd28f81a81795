import { type Selectable, sql } from 'kysely'
import type {
  NewPersonalToken,
  PersonalTokenLimit,
  PersonalTokenRepository,
  TokenUse,
} from '../../application/ports/personal-token-repository.ts'
import type { PersonalToken } from '../../domain/personal-token.ts'
import { formatScopes, readStoredScopes } from '../../domain/scope.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run, runUnlessDuplicate } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { lockUser } from './lock-user.ts'
import { type Tables, type Timestamp, toInstant } from './tables.ts'
import { toUser } from './user-repository.ts'

/** A trigger of the migration deletes the tokens of a user whose password is reset. */
export function createPersonalTokenRepository(database: Database): PersonalTokenRepository {
  const { kysely, dialect } = database

  async function deleteTokens(userId: UserId, id: string | null): Promise<readonly string[]> {
    const query = kysely
      .deleteFrom('personal_access_tokens')
      .where('user_id', '=', userId)
      .$if(id !== null, (builder) => builder.where('id', '=', id ?? ''))
      .returning('name')
    return (await run(query.execute())).map(({ name }) => name)
  }

  return {
    add: (token, limit) => addToken(database, token, limit),
    async find(tokenHash) {
      const row = await run(findQuery(database, tokenHash).executeTakeFirst())
      if (row === undefined) return null
      return { token: toToken(tokenColumnsOf(row)), user: toUser(row) }
    },
    async list(userId) {
      const query = kysely
        .selectFrom('personal_access_tokens')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
      return (await run(query.execute())).map(toToken)
    },
    async revoke(userId, id) {
      const [name] = await deleteTokens(userId, id)
      return name ?? null
    },
    async revokeAll(userId) {
      return (await deleteTokens(userId, null)).length
    },
    async recordUses(uses) {
      if (uses.length > 0) await run(recordQuery(database, uses).execute(kysely))
    },
    async claimReminders({ now, until, limit }) {
      const [from, to] = [now, until].map(dialect.timestampSql)
      const query = sql<ReminderRow>`
        WITH due AS (
          SELECT id FROM personal_access_tokens
          WHERE expires_at > ${from} AND expires_at <= ${to} AND reminded_at IS NULL
          ORDER BY expires_at, id LIMIT ${limit} ${dialect.lockForDeletion()}
        )
        UPDATE personal_access_tokens SET reminded_at = ${from}
        WHERE id IN (SELECT id FROM due) AND reminded_at IS NULL
        RETURNING user_id, name, expires_at,
          (SELECT email FROM users WHERE users.id = personal_access_tokens.user_id) AS email`
      const { rows } = await run(query.execute(kysely))
      return rows.map((row) => ({
        userId: row.user_id,
        email: row.email,
        name: row.name,
        expiresAt: toInstant(row.expires_at),
      }))
    },
    purgeBatch(before) {
      const rows = sql`SELECT id FROM personal_access_tokens
        WHERE expires_at < ${dialect.timestampSql(before)}`
      return purgeBatch(database, { table: 'personal_access_tokens', keyColumns: ['id'], rows })
    },
  }
}

interface ReminderRow {
  readonly user_id: string
  readonly email: string
  readonly name: string
  readonly expires_at: Timestamp
}

type TokenRow = Omit<Selectable<Tables['personal_access_tokens']>, 'token_hash' | 'reminded_at'>

function toToken(row: TokenRow): PersonalToken {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    scopes: readStoredScopes(row.scopes),
    networks: listIn(row.networks),
    createdAt: toInstant(row.created_at),
    expiresAt: toInstant(row.expires_at),
    lastUsedAt: row.last_used_at === null ? null : toInstant(row.last_used_at),
    lastUsedIpAddress: row.last_used_ip,
  }
}

function listIn(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ')
}

/** The columns of the token are renamed: `id`, `created_at` and others are those of the user. */
function findQuery({ kysely }: Database, tokenHash: string) {
  return kysely
    .selectFrom('personal_access_tokens as t')
    .innerJoin('users', 'users.id', 't.user_id')
    .selectAll('users')
    .select([
      't.id as token_id',
      't.name as token_name',
      't.scopes',
      't.networks',
      't.created_at as token_created_at',
      't.expires_at',
      't.last_used_at',
      't.last_used_ip',
    ])
    .where('t.token_hash', '=', tokenHash)
    .where('users.suspended_at', 'is', null)
}

type FoundRow = NonNullable<Awaited<ReturnType<ReturnType<typeof findQuery>['executeTakeFirst']>>>

function tokenColumnsOf(row: FoundRow): TokenRow {
  const { token_id, token_name, token_created_at, ...columns } = row
  return {
    ...columns,
    id: token_id,
    user_id: row.id,
    name: token_name,
    created_at: token_created_at,
  }
}

interface AddRow {
  readonly count: number | string
  readonly password_version: number
}

/** Locks the row of the user, so that parallel additions are counted one after the other and a reset comes before or after. */
async function addToken(database: Database, token: NewPersonalToken, limit: PersonalTokenLimit) {
  const { userId } = token
  const decide = ([row]: readonly AddRow[]) => {
    if (row === undefined || row.password_version !== limit.passwordVersion) return 'user-changed'
    return Number(row.count) < limit.max ? 'added' : 'too-many'
  }
  const result = await runUnlessDuplicate(
    database.transact({
      lock: lockUser(database, userId),
      read: sql<AddRow>`
        SELECT password_version,
          (SELECT count(*) FROM personal_access_tokens WHERE user_id = ${userId}) AS count
        FROM users WHERE id = ${userId} AND suspended_at IS NULL`.compile(database.kysely),
      write: (rows) => (decide(rows) === 'added' ? [insertion(database, token)] : []),
    }),
  )
  return result === 'duplicate' ? 'exists' : decide(result)
}

function insertion({ kysely, dialect }: Database, token: NewPersonalToken) {
  const row = {
    id: token.id,
    user_id: token.userId,
    name: token.name,
    token_hash: token.tokenHash,
    scopes: formatScopes(token.scopes),
    networks: token.networks.join(' '),
    created_at: dialect.timestamp(token.createdAt),
    expires_at: dialect.timestamp(token.expiresAt),
    last_used_at: null,
    last_used_ip: null,
    reminded_at: token.isReminded ? dialect.timestamp(token.createdAt) : null,
  }
  return kysely.insertInto('personal_access_tokens').values(row).compile()
}

/**
 * Does not wait for rows that are locked: another process is recording a use, or a token is being deleted. `uses` has each
 * token once.
 */
function recordQuery({ dialect }: Database, uses: readonly TokenUse[]) {
  const rows = uses.map(
    ({ tokenId, at, ipAddress }) =>
      sql`(CAST(${tokenId} AS TEXT), ${dialect.timestampSql(at)}, CAST(${ipAddress} AS TEXT))`,
  )
  return sql`
    WITH uses (id, at, ip) AS (VALUES ${sql.join(rows)}),
    unlocked AS (
      SELECT id FROM personal_access_tokens WHERE id IN (SELECT id FROM uses)
      ${dialect.lockForDeletion()}
    )
    UPDATE personal_access_tokens AS t SET last_used_at = uses.at, last_used_ip = uses.ip
    FROM uses WHERE t.id = uses.id AND t.id IN (SELECT id FROM unlocked)
      AND (t.last_used_at IS NULL OR t.last_used_at < uses.at)`
}
