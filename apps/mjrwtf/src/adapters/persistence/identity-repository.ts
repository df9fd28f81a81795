import { type Selectable, sql } from 'kysely'
import type {
  AddIdentifiedUserResult,
  AddIdentityResult,
  IdentityLimit,
  IdentityRemoval,
  IdentityRepository,
  NewUserWithIdentity,
} from '../../application/ports/identity-repository.ts'
import { emailKey } from '../../domain/email.ts'
import { canSignIn, type Identity, isProviderId } from '../../domain/identity.ts'
import { type Database, run, runUnlessDuplicate } from './database.ts'
import { lockUser } from './lock-user.ts'
import { type Tables, toInstant } from './tables.ts'
import { toUserRow } from './user-repository.ts'

/** Stores identities. Unique indexes and the lock of a user's row decide races. */
export function createIdentityRepository(database: Database): IdentityRepository {
  const { kysely, dialect } = database
  return {
    async use({ issuer, subject }, at) {
      const query = kysely
        .updateTable('identities')
        .set({ last_used_at: dialect.timestamp(at) })
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .returning('user_id')
      return (await run(query.executeTakeFirst()))?.user_id ?? null
    },
    async list(userId) {
      const query = kysely
        .selectFrom('identities')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at')
        .orderBy('id')
      return (await run(query.execute())).flatMap(toIdentity)
    },
    add: (identity, limit) => addIdentity(database, identity, limit),
    addUser: (newUser) => addUser(database, newUser),
    remove: (removal) => removeIdentity(database, removal),
  }
}

/** Omits an identity of a provider of a newer release. */
function toIdentity(row: Selectable<Tables['identities']>): readonly Identity[] {
  const { id, provider, issuer, subject, email, last_used_at: lastUsedAt } = row
  if (!isProviderId(provider)) return []
  return [
    {
      ...{ id, provider, issuer, subject, email },
      userId: row.user_id,
      createdAt: toInstant(row.created_at),
      lastUsedAt: lastUsedAt === null ? null : toInstant(lastUsedAt),
    },
  ]
}

function insertion({ kysely, dialect }: Database, identity: Identity) {
  const { id, userId, provider, issuer, subject, email, createdAt, lastUsedAt } = identity
  const row = {
    ...{ id, provider, issuer, subject, email },
    user_id: userId,
    created_at: dialect.timestamp(createdAt),
    last_used_at: lastUsedAt === null ? null : dialect.timestamp(lastUsedAt),
  }
  return kysely.insertInto('identities').values(row).compile()
}

interface AddRow {
  readonly count: number | string
  readonly owner: string | null
  readonly password_version: number
}

/** Locks the row of the user, so that parallel additions are counted one after the other and a reset comes before or after. */
async function addIdentity(database: Database, identity: Identity, limit: IdentityLimit) {
  const { userId, issuer, subject } = identity
  const decide = ([row]: readonly AddRow[]): AddIdentityResult => {
    if (row === undefined) return 'user-deleted'
    if (row.password_version !== limit.passwordVersion) return 'user-changed'
    if (row.owner !== null) return row.owner === userId ? 'already-linked' : 'of-other-user'
    return Number(row.count) < limit.max ? 'added' : 'too-many'
  }
  const result = await runUnlessDuplicate(
    database.transact({
      lock: lockUser(database, userId),
      read: sql<AddRow>`
        SELECT password_version,
          (SELECT count(*) FROM identities WHERE user_id = ${userId}) AS count,
          (SELECT user_id FROM identities WHERE issuer = ${issuer} AND subject = ${subject}) AS owner
        FROM users WHERE id = ${userId} AND suspended_at IS NULL`.compile(database.kysely),
      write: (rows) => (decide(rows) === 'added' ? [insertion(database, identity)] : []),
    }),
  )
  // Another user has linked the same identity meanwhile.
  return result === 'duplicate' ? 'of-other-user' : decide(result)
}

interface AddUserRow {
  readonly email_owner: string | null
  readonly identity_owner: string | null
  readonly invite: string | null
}

async function addUser(
  database: Database,
  newUser: NewUserWithIdentity,
): Promise<AddIdentifiedUserResult> {
  const { kysely } = database
  const read = addUserQuery(database, newUser)
  const decide = ([row]: readonly AddUserRow[]): AddIdentifiedUserResult => {
    if (row === undefined || row.identity_owner !== null) return 'identity-in-use'
    if (row.email_owner !== null) return 'email-unavailable'
    return newUser.inviteHash !== null && row.invite === null ? 'invite-used' : 'added'
  }
  const result = await runUnlessDuplicate(
    database.transact({
      lock: null,
      read: read.compile(kysely),
      write(rows) {
        const [row] = rows
        if (decide(rows) !== 'added') return []
        return [
          userInsertion(database, newUser, row?.invite ?? null),
          insertion(database, newUser.identity),
        ]
      },
    }),
  )
  if (result !== 'duplicate') return decide(result)
  // Unique indexes have decided a race, and nothing was added. This read only selects the reason.
  const reason = decide((await run(read.execute(kysely))).rows)
  return reason === 'added' ? 'email-unavailable' : reason
}

/** An invite is used once a user references it. */
function addUserQuery({ dialect }: Database, { user, identity, inviteHash }: NewUserWithIdentity) {
  const { issuer, subject } = identity
  return sql<AddUserRow>`
    SELECT
      (SELECT id FROM users WHERE email_key = ${emailKey(user.email)}) AS email_owner,
      (SELECT id FROM identities WHERE issuer = ${issuer} AND subject = ${subject})
        AS identity_owner,
      (SELECT id FROM invites
        WHERE code_hash = ${inviteHash} AND expires_at > ${dialect.timestampSql(user.createdAt)}
          AND NOT EXISTS (SELECT 1 FROM users WHERE invite_id = invites.id)) AS invite`
}

function userInsertion(database: Database, { user }: NewUserWithIdentity, inviteId: string | null) {
  const row = {
    ...toUserRow(database, { user: { ...user, isOperator: false }, passwordHash: null }),
    invite_id: inviteId,
    email_verified_at: database.dialect.timestamp(user.createdAt),
  }
  return database.kysely.insertInto('users').values(row).compile()
}

/** A method with which the user can sign in. */
interface MethodRow {
  readonly kind: 'password' | 'passkey' | 'identity'
  readonly id: string
  readonly issuer: string | null
}

async function removeIdentity(database: Database, { userId, id, issuers }: IdentityRemoval) {
  const decide = (rows: readonly MethodRow[]) => {
    const isTarget = (row: MethodRow) => row.kind === 'identity' && row.id === id
    if (!rows.some(isTarget)) return 'missing'
    const remaining = rows.filter((row) => !isTarget(row))
    return canSignIn(toSignInMethods(remaining), issuers) ? 'removed' : 'last-sign-in-method'
  }
  const rows = await run(
    database.transact({
      lock: lockUser(database, userId),
      read: sql<MethodRow>`
        SELECT 'password' AS kind, id, NULL AS issuer FROM users
        WHERE id = ${userId} AND password_hash <> ''
        UNION ALL
        SELECT 'passkey', id, NULL FROM passkeys
        WHERE user_id = ${userId} AND suspended_at IS NULL AND can_verify_user = 1
        UNION ALL
        SELECT 'identity', id, issuer FROM identities WHERE user_id = ${userId}`.compile(
        database.kysely,
      ),
      write(rows) {
        if (decide(rows) !== 'removed') return []
        const query = database.kysely.deleteFrom('identities')
        return [query.where('id', '=', id).where('user_id', '=', userId).compile()]
      },
    }),
  )
  return decide(rows)
}

function toSignInMethods(rows: readonly MethodRow[]) {
  return {
    hasPassword: rows.some(({ kind }) => kind === 'password'),
    passkeys: rows.filter(({ kind }) => kind === 'passkey').length,
    identities: rows.map(({ issuer }) => issuer).filter((issuer) => issuer !== null),
  }
}
