import { type Selectable, sql } from 'kysely'
import type {
  PasskeyLimit,
  PasskeyRepository,
  PasskeyUse,
} from '../../application/ports/passkey-repository.ts'
import type { NewPasskey, Passkey } from '../../domain/passkey.ts'
import { type Database, run, runUnlessDuplicate } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { acceptsWaysIn, lockUser } from './lock-user.ts'
import { type Tables, type Timestamp, toInstant } from './tables.ts'
import { toUser } from './user-repository.ts'

/** Stores passkeys. Every decision about a use or a challenge is one conditional statement. */
export function createPasskeyRepository(database: Database): PasskeyRepository {
  const { kysely, dialect } = database
  return {
    async list(userId) {
      const query = kysely
        .selectFrom('passkeys')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('created_at')
        .orderBy('id')
      return (await run(query.execute())).map(toPasskey)
    },
    async find(id) {
      const row = await run(findQuery(database, id).executeTakeFirst())
      if (row === undefined) return null
      return {
        id,
        name: row.passkey_name,
        publicKey: row.public_key,
        canSync: row.can_sync === 1,
        canVerifyUser: row.can_verify_user === 1,
        user: toUser(row),
        isSuspended: row.suspended_at !== null,
      }
    },
    add: (passkey, limit) => addPasskey(database, passkey, limit),
    async use(use) {
      const query = kysely
        .updateTable('passkeys')
        .set({
          counter: use.counter,
          is_synced: use.isSynced ? 1 : 0,
          last_used_at: dialect.timestamp(use.at),
        })
        .where('id', '=', use.id)
        .where('suspended_at', 'is', null)
        .where(isPlausible(use))
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async suspend(use) {
      const query = kysely
        .updateTable('passkeys')
        .set({ suspended_at: dialect.timestamp(use.at) })
        .where('id', '=', use.id)
        .where('suspended_at', 'is', null)
        .where(sql<boolean>`NOT (${isPlausible(use)})`)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async keep(userId, id) {
      const query = kysely
        .updateTable('passkeys')
        .set({ suspended_at: null, counter: 0 })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('suspended_at', 'is not', null)
        .returning('name')
      return (await run(query.executeTakeFirst()))?.name ?? null
    },
    async useChallenge({ hash, expiresAt }) {
      const query = kysely
        .insertInto('used_challenges')
        .values({ challenge_hash: hash, expires_at: dialect.timestamp(expiresAt) })
        .onConflict((conflict) => conflict.doNothing())
        .returning('challenge_hash')
      return (await run(query.execute())).length === 1
    },
    purgeBatch(until) {
      const expired = sql`expires_at <= ${dialect.timestampSql(until)}`
      const rows = sql`SELECT challenge_hash FROM used_challenges WHERE ${expired}`
      return purgeBatch(database, {
        table: 'used_challenges',
        keyColumns: ['challenge_hash'],
        rows,
      })
    },
  }
}

function toPasskey(row: Selectable<Tables['passkeys']>): Passkey {
  return {
    id: row.id,
    name: row.name,
    transports: toTransports(row.transports),
    isSynced: row.is_synced === 1,
    canVerifyUser: row.can_verify_user === 1,
    createdAt: toInstant(row.created_at),
    lastUsedAt: toOptionalInstant(row.last_used_at),
    suspendedAt: toOptionalInstant(row.suspended_at),
  }
}

/** Ignores values that are not strings, in case of direct SQL changes. */
function toTransports(json: string): readonly string[] {
  const transports: unknown = JSON.parse(json)
  return Array.isArray(transports) ? transports.filter((each) => typeof each === 'string') : []
}

function toOptionalInstant(timestamp: Timestamp | null) {
  return timestamp === null ? null : toInstant(timestamp)
}

function findQuery({ kysely }: Database, id: string) {
  return kysely
    .selectFrom('passkeys')
    .innerJoin('users', 'users.id', 'passkeys.user_id')
    .selectAll('users')
    .select(['passkeys.name as passkey_name', 'public_key', 'can_sync', 'can_verify_user'])
    .where('passkeys.id', '=', id)
}

/** The condition of `isCounterPlausible`. */
function isPlausible({ counter }: PasskeyUse) {
  return counter === 0 ? sql<boolean>`counter = 0` : sql<boolean>`counter < ${counter}`
}

interface AddRow {
  readonly count: number | string
  readonly owner: string | null
}

/** Locks the row of the user, so that parallel registrations of a user are counted one after the other. */
async function addPasskey(database: Database, passkey: NewPasskey, limit: PasskeyLimit) {
  const { id, userId } = passkey
  const decide = ([row]: readonly AddRow[]) => {
    if (row === undefined) return 'user-deleted'
    if (row.owner !== null) return row.owner === userId ? 'registered' : 'of-other-user'
    return Number(row.count) < limit.max ? 'added' : 'too-many'
  }
  const result = await runUnlessDuplicate(
    database.transact({
      lock: lockUser(database, userId),
      read: sql<AddRow>`
        SELECT (SELECT count(*) FROM passkeys WHERE user_id = ${userId}) AS count,
          (SELECT user_id FROM passkeys WHERE id = ${id}) AS owner
        FROM users WHERE ${acceptsWaysIn({ userId, passwordVersion: limit.passwordVersion })}`.compile(
        database.kysely,
      ),
      write: (rows) => (decide(rows) === 'added' ? [insertion(database, passkey)] : []),
    }),
  )
  // Another user registered the same credential meanwhile.
  return result === 'duplicate' ? 'of-other-user' : decide(result)
}

function insertion({ kysely, dialect }: Database, passkey: NewPasskey) {
  const { id, name, counter, aaguid } = passkey
  const row = {
    id,
    user_id: passkey.userId,
    name,
    public_key: Buffer.from(passkey.publicKey),
    counter,
    transports: JSON.stringify(passkey.transports),
    can_sync: passkey.canSync ? 1 : 0,
    is_synced: passkey.isSynced ? 1 : 0,
    can_verify_user: passkey.canVerifyUser ? 1 : 0,
    aaguid,
    created_at: dialect.timestamp(passkey.createdAt),
    last_used_at: null,
    suspended_at: null,
  }
  return kysely.insertInto('passkeys').values(row).compile()
}
